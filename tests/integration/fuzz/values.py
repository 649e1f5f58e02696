"""What is put where it does not belong: names, values and headers that ask for trouble."""

import json
from typing import Any

from hypothesis import strategies as st

AGENT = '{"mbox":"mailto:ada@example.com"}'
IDS = [f"00000000-0000-4000-8000-{number:012d}" for number in range(60)]
ACTIVITY = "https://signals.example/activities/text"
VERBS = ["http://adlnet.gov/expapi/verbs/scored", "http://adlnet.gov/expapi/verbs/voided", "http://example.com/verbs/v"]

PARAMETERS = [
    *("statementId", "voidedStatementId", "agent", "verb", "activity", "registration", "related_activities"),
    *(
        "related_agents",
        "since",
        "until",
        "limit",
        "format",
        "attachments",
        "ascending",
        "more",
        "cursor",
        "activityId",
    ),
    *("stateId", "profileId", "method", "after", "wait", "identifier", "hash", "unknown", ""),
]
WORDS = [
    *(
        "",
        "\x00",
        "true",
        "false",
        "null",
        "0",
        "-1",
        "1",
        "0.5",
        "9" * 30,
        "1e9",
        "ids",
        "exact",
        "canonical",
        "x",
        "*",
    ),
    *("\ufffe", "\u202e", "\U0001f4af", "e\u0301", "../../etc/passwd", "%00", "%ff", "a,b", "' OR 1=1 --", "{{7*7}}"),
    *("GET", "PUT", "DELETE", "OPTIONS", "{}", "[]", "[[]]", AGENT, ACTIVITY, *VERBS, *IDS[:5], IDS[0].upper()),
    *("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59.999999999-14:00", "2026-01-01", "2026-02-30T00:00:00Z"),
    *(
        "2026-06-30T23:59:60Z",
        "2026-01-01T00:00:00-00:00",
        "20260101T000000Z",
        "P1Y2M3DT4H5M6.789S",
        "P0S",
        "PT",
        "-P1D",
    ),
    *("mailto:ada@example.com", "mailto:", "http://x", "http://", "urn:", ":", "x:y", "http://6gWU3C7ZCzX_course_id"),
    *('{"account":{"homePage":"http://x","name":"\\u0000"}}', '{"mbox":"mailto:\\ud800@x"}', '{"member":' * 300),
    *(
        '{"objectType":"Group","member":[' + AGENT + "]}",
        '{"openid":"http://x"}',
        '{"mbox_sha1sum":"' + "0" * 40 + '"}',
    ),
    *("x" * 5000, "[" * 3000, "en-US", "x-", "i-klingon", "de-419-DE", "a-DE", "AAAA", "BAAA", "0" * 40, "0" * 64),
]
# Written into the JSON text without quotes, so that it can hold what no JSON library writes.
RAW_NUMBERS = [
    "1e400",
    "-1e400",
    "1e-400",
    "-0.0",
    "0.10000000000000000000000001",
    "9" * 400,
    "NaN",
    "Infinity",
    "01",
    "1.",
]
MARK = "@raw:"

words = st.sampled_from(WORDS) | st.text(max_size=12)
scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | words
    | st.sampled_from([MARK + number for number in RAW_NUMBERS])
)
wild = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=6,
)

HEADERS = {
    "Content-Type": [
        *(
            "application/json",
            "application/json;charset=utf-8",
            "application/json; charset=latin-9",
            "text/plain",
            "*/*",
        ),
        *(
            "application/x-www-form-urlencoded",
            "multipart/mixed",
            "multipart/mixed; boundary=",
            "application/octet-stream",
        ),
        *('multipart/mixed; boundary="x y"', "multipart/form-data; boundary=x", "", ";", "a/b;" * 200),
    ],
    "If-Match": ["*", '"x"', "x", "W/" + '"x"', '"' + "0" * 40 + '"', ",", '"', ""],
    "If-None-Match": ["*", '"x"', "x", '"' + "0" * 40 + '", "y"', ",,", ""],
    "Accept-Language": ["de;q=2, *;q=0", "en-US", "*", ";q=x", "en;q=" + "9" * 400, "x" * 4000, ""],
    "Accept": ["*/*", "text/html", "application/json;q=0", "x"],
    "X-Experience-API-Version": ["1.0.3", "2.0.0", "1.0", "1.0.0", "2.0.7", "0.95", "3.0.0", "", "1.0.3, 2.0.0"],
    "Authorization": [
        "Basic",
        "Basic AAAA",
        "Basic AAA6",
        "Basic Og==",
        "Bearer x.y.z",
        "Bearer ",
        "Digest x",
        "Basic \xff",
    ],
    "Origin": ["null", "http://localhost", "https://x", "*", "x y"],
    "Access-Control-Request-Method": ["PUT", "x"],
    "Access-Control-Request-Headers": ["authorization, x-y", ",", "x" * 3000, "\xe9"],
    "X-Experience-API-Hash": ["0" * 64, "x"],
    "Content-Transfer-Encoding": ["binary", "base64"],
    "Content-Encoding": ["gzip", "x"],
    "Range": ["bytes=0-1", "bytes=5-2"],
    "Cookie": ["a=b", "\xff"],
    "X-Forwarded-For": ["127.0.0.1", "x" * 200],
}


def sometimes(draw: st.DrawFn, one_in: int) -> bool:
    """Draw True once in so many times; a failure shrinks towards False."""
    return draw(st.integers(0, one_in - 1)) == one_in - 1


@st.composite
def headers(draw: st.DrawFn, *, usual: dict[str, str], most: int = 3) -> tuple[tuple[str, bytes], ...]:
    """Draw headers: the usual ones, with some replaced, repeated, added or left out."""
    lines = dict(usual)
    changed = st.lists(st.sampled_from(sorted(HEADERS)), min_size=1, max_size=most, unique=True)
    for name in draw(changed) if sometimes(draw, 3) else ():
        lines[name] = draw(st.sampled_from(HEADERS[name]) | st.text("\t !~az09\x80\xff", max_size=8))
    if lines and sometimes(draw, 20):
        del lines[draw(st.sampled_from(sorted(lines)))]
    found = [(name, value.encode("latin-1")) for name, value in lines.items()]
    if found and sometimes(draw, 20):
        found.append(draw(st.sampled_from(found)))
    return tuple(found)


def as_json(value: Any, *, ascii_only: bool = True) -> bytes:
    """Return ``value`` as JSON text, with the raw numbers in it; lone surrogates are written as escapes."""
    text = json.dumps(value, ensure_ascii=ascii_only)
    for number in RAW_NUMBERS:
        text = text.replace(f'"{MARK}{number}"', number)
    return text.encode("utf-8", errors="surrogatepass")
