"""Choose one entry of a language map by what a reader accepts (Communication 2.1.3.s4)."""

from collections.abc import Mapping, Sequence

_EVERY = "*"


def accepted_languages(header: str | None) -> tuple[str, ...]:
    """Return the language ranges of an Accept-Language header in lower case, the most wanted first.

    Ranges of quality 0 and what cannot be read are left out; no header accepts everything.
    """
    weighted = []
    for order, entry in enumerate((header or _EVERY).split(",")):
        name, _, parameters = entry.strip().partition(";")
        quality = _quality(parameters)
        if name.strip() and quality > 0:
            weighted.append((-quality, order, name.strip().lower()))
    return tuple(name for _, _, name in sorted(weighted))


def one_language(entries: Mapping[str, str], accepted: Sequence[str]) -> dict[str, str]:
    """Return ``entries`` with only the best language in it.

    A range takes an equal tag, else one that it begins, else what is left of it after its last subtags are cut
    (RFC 4647 3.4). When nothing fits, the first entry is returned rather than none.
    """
    tags = {tag.lower(): tag for tag in entries}
    for wanted in accepted:
        chosen = next(iter(tags.values()), None) if wanted == _EVERY else _best(tags, wanted)
        if chosen is not None:
            return {chosen: entries[chosen]}
    return dict(list(entries.items())[:1])


def _best(tags: Mapping[str, str], wanted: str) -> str | None:
    while wanted:
        for tag, original in tags.items():
            if tag == wanted:
                return original
        for tag, original in tags.items():
            if tag.startswith(wanted + "-"):
                return original
        wanted = wanted.rpartition("-")[0]
    return None


def _quality(parameters: str) -> float:
    name, _, value = parameters.strip().partition("=")
    if name.strip().lower() != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0
