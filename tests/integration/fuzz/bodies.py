"""Strategies of requests below the level of a resource: multipart bodies and bytes that are hardly HTTP."""

import hashlib

from hypothesis import strategies as st

from integration.fuzz.requests import METHODS, RESOURCES, Callers
from integration.fuzz.statements import FILE, SCORED, mutated
from integration.fuzz.values import as_json, headers, sometimes
from integration.fuzz.wire import Request

CONTENTS = [b"", b"1234", b"\r\n--x\r\n", b"--x--", b"\x00\xff" * 50, b"x" * 70_000]
PART_LINES = [
    *(
        b"Content-Type: application/json",
        b"Content-Type: text/plain",
        b"Content-Type:",
        b"Content-Transfer-Encoding: base64",
    ),
    *(
        b"X-Experience-API-Hash: " + b"0" * 64,
        b"X-Experience-API-Hash:",
        b": x",
        b"x",
        b"\xff: \xff",
        b" folded",
        b"a: " + b"x" * 9000,
    ),
]
BROKEN_LINES = [
    *(b"Content-Length: 5", b"Content-Length: -1", b"Content-Length: 99999999999999999999", b"Content-Length: x"),
    *(
        b"Transfer-Encoding: chunked",
        b"Transfer-Encoding: gzip",
        b"Expect: 100-continue",
        b"Connection: Upgrade",
        b"Upgrade: h2c",
    ),
    *(
        b"Upgrade: websocket",
        b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
        b"Sec-WebSocket-Version: 13",
        b"Host: a",
        b": b",
    ),
    *(
        b"Authorization: \x00",
        b"X: " + b"y" * 70_000,
        b"\xff\xfe: z",
        b"Connection: close",
        b"X-Experience-API-Version: 1.0.3",
    ),
]
ENDS = [b"", b"0\r\n\r\n", b"5\r\nhello\r\n0\r\n\r\n", b"zz\r\n", b"{}", b"\x00" * 9]


def attachment(content: bytes) -> dict[str, object]:
    """Return what a statement says of ``content`` when it comes with it."""
    described = {name: value for name, value in FILE.items() if name != "fileUrl"}
    return described | {"length": len(content), "sha2": hashlib.sha256(content).hexdigest()}


@st.composite
def _part(draw: st.DrawFn, content: bytes) -> bytes:
    lines = [
        b"Content-Type: audio/wav",
        b"Content-Transfer-Encoding: binary",
        b"X-Experience-API-Hash: " + hashlib.sha256(content).hexdigest().encode(),
    ]
    if sometimes(draw, 6):
        lines[draw(st.integers(0, 2))] = draw(st.sampled_from(PART_LINES) | st.binary(max_size=12))
    return b"\r\n".join([*lines, b"", content])


def multipart(callers: Callers) -> st.SearchStrategy[Request]:
    """Statements with attachments, in bodies whose parts, hashes, boundaries or ends are not always right."""

    @st.composite
    def drawn(draw: st.DrawFn) -> Request:
        contents = draw(st.lists(st.sampled_from(CONTENTS), max_size=3))
        whole = SCORED | {"attachments": [attachment(content) for content in contents] or [FILE]}
        first = b"Content-Type: application/json\r\n\r\n" + as_json(draw(mutated(whole, most=1)))
        parts = [first, *[draw(_part(content)) for content in contents]]
        if sometimes(draw, 8):
            parts = draw(st.permutations(parts))[: draw(st.integers(0, len(parts)))]
        boundary = draw(st.sampled_from([b"b0undary", b"b0undary", b"b0undary", b"x", b"--", b"b" * 70, b"b" * 200]))
        body = b"".join(b"\r\n--%s\r\n%s" % (boundary, part) for part in parts)[2:]
        body += draw(st.sampled_from([b"\r\n--%s--\r\n" % boundary] * 4 + [b"", b"\r\n--%s" % boundary, b"\n--x--"]))
        if sometimes(draw, 10):
            place = draw(st.integers(0, len(body)))
            body = body[:place] + draw(st.binary(max_size=6)) + body[place + draw(st.integers(0, 6)) :]
        sent = callers.usual(draw, f"multipart/mixed; boundary={boundary.decode()}")
        return Request("POST", b"/xAPI/statements", draw(headers(usual=sent, most=1)), body)

    return drawn()


def raw(callers: Callers) -> st.SearchStrategy[Request]:
    """Request lines, headers and framing that no client library would send."""
    targets = [
        *(f"/xAPI/{name}".encode() for name in sorted(RESOURCES)),
        b"*",
        b"http://127.0.0.1/xAPI/about",
        b"//",
        b"\xff",
        b"?",
    ]

    @st.composite
    def drawn(draw: st.DrawFn) -> Request:
        method = draw(st.sampled_from([*METHODS, "get", "CONNECT", "X" * 300, ""]))
        version = draw(st.sampled_from([b"HTTP/1.1"] * 3 + [b"HTTP/1.0", b"HTTP/2.0", b"HTTP/9.9", b""]))
        lines = [b" ".join([method.encode(), draw(st.sampled_from(targets) | st.binary(max_size=6)), version])]
        lines += [b"Host: 127.0.0.1", b"Authorization: " + callers.authorizations["all"].encode()]
        lines += draw(st.lists(st.sampled_from(BROKEN_LINES) | st.binary(max_size=10), max_size=5))
        sent = b"\r\n".join([*lines, b"", draw(st.sampled_from(ENDS) | st.binary(max_size=20))])
        return Request(method or "GET", b"", raw=sent)

    return drawn()
