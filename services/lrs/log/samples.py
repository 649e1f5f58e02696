"""What a compression dictionary may be trained on: the shape of statements, and nothing that tells who they are about.

A dictionary lies in the log for ever and in clear, so no learner may be found in it. A string stays in a sample only if
it stands in the statements of at least ten different actors; of any other string that has no space in it, such as an
IRI or a time, those words stay that do. What names an Agent never stays. In place of what goes comes noise of the same
shape, so that the statistics of characters stay those of real statements.
"""

import re
import struct
from collections.abc import Collection, Iterator, Sequence
from hashlib import blake2b

import orjson

from lrs.xapi.stored_text import stored_text
from lrs.xapi.terms import agent_identifier

LEAST_ACTORS = 10
MAX_SAMPLE_BYTES = 16 * 1024
_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*+"|-?\d[\d.eE+-]*+')
_WORD = re.compile(rb"[0-9A-Za-z\x80-\xff]++")
_HEX = re.compile(rb"[0-9a-f]+")
_IDENTIFYING = frozenset((b'"name"', b'"mbox"', b'"mbox_sha1sum"', b'"openid"'))
_LENGTH_BYTES = 4
_DIGITS, _HEX_DIGITS, _LETTERS = (
    bytes(alphabet[byte % len(alphabet)] for byte in range(256))
    for alphabet in (b"0123456789", b"0123456789abcdef", b"abcdefghijklmnopqrstuvwxyz")
)

_Token = tuple[bytes, bool, int]
"""A string or number, whether it is the value of a member that names an Agent, and where it begins."""


def anonymous(payloads: Sequence[bytes]) -> list[bytes]:
    """Return the payloads of statements without what may not be kept; those that are no statements are left out.

    The same payloads give the same samples.
    """
    texts = [(text, actor) for text, actor in map(_read, payloads) if actor]
    common = _common(texts)
    noise = _Noise()
    return [_masked(text, common, noise) for text, _ in texts]


def _read(payload: bytes) -> tuple[bytes, str]:
    """Return the text of a payload and its actor, which is empty for a payload that is no statement."""
    if len(payload) > MAX_SAMPLE_BYTES:
        return b"", ""
    try:
        actor = orjson.loads(stored_text(payload))["actor"]
        return payload[_LENGTH_BYTES:], agent_identifier(actor) or orjson.dumps(actor).decode()
    except (ValueError, KeyError, TypeError, AttributeError, struct.error):
        return b"", ""


def _common(texts: Sequence[tuple[bytes, str]]) -> set[bytes]:
    """Return the strings, numbers and words that stand in the statements of enough different actors."""
    actors: dict[bytes, set[str]] = {}
    common: set[bytes] = set()
    for text, actor in texts:
        for part in _parts(text, common):
            seen = actors.setdefault(part, set())
            seen.add(actor)
            if len(seen) >= LEAST_ACTORS:
                common.add(part)
                del actors[part]
    return common


def _parts(text: bytes, common: Collection[bytes]) -> Iterator[bytes]:
    """Yield what is not known to be ``common``; the words of a common string are of no interest."""
    for token, is_identifying, _ in _tokens(text):
        if not is_identifying and token not in common:
            yield token
            if _has_words(token):
                yield from (word for word in _WORD.findall(token) if word not in common)


def _masked(text: bytes, common: set[bytes], noise: "_Noise") -> bytes:
    kept: list[bytes] = []
    end = 0
    for token, is_identifying, start in _tokens(text):
        kept.append(text[end:start])
        end = start + len(token)
        if token in common and not is_identifying:
            kept.append(token)
        else:
            words = common if _has_words(token) and not is_identifying else set[bytes]()
            kept.append(noise.over(token, words))
    kept.append(text[end:])
    return b"".join(kept)


def _tokens(text: bytes) -> Iterator[_Token]:
    key = b""
    for match in _TOKEN.finditer(text):
        token = match.group()
        is_key = text[match.end() : match.end() + 2].lstrip()[:1] == b":"
        yield token, not is_key and key in _IDENTIFYING, match.start()
        key = token if is_key else b""


def _has_words(token: bytes) -> bool:
    return token[:1] == b'"' and b" " not in token


class _Noise:
    """Characters that depend on nothing but how many were taken before."""

    def __init__(self) -> None:
        self._taken = 0
        self._left = b""

    def over(self, token: bytes, kept: Collection[bytes]) -> bytes:
        """Return ``token`` with every word but those ``kept`` replaced by as many characters of its kind."""
        return _WORD.sub(lambda word: word.group() if word.group() in kept else self._like(word.group()), token)

    def _like(self, word: bytes) -> bytes:
        alphabet = _DIGITS if word.isdigit() else _HEX_DIGITS if _HEX.fullmatch(word) else _LETTERS
        return self._take(len(word)).translate(alphabet)

    def _take(self, count: int) -> bytes:
        while len(self._left) < count:
            self._taken += 1
            self._left += blake2b(self._taken.to_bytes(8, "big")).digest()
        taken, self._left = self._left[:count], self._left[count:]
        return taken
