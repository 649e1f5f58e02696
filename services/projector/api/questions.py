"""What learners, managers, strategists and content owners ask (rule book, section 15)."""

from collections.abc import Sequence
from contextlib import closing
from fractions import Fraction

from fastapi import APIRouter, Request, Response

from lrs.api.threads import Threads
from projector.api.asking import Authorize, invalid_parameter, json_response, whole_number
from projector.api.axes import AS_OF, AXES, ROLE, SCOPE, person_id, read_axes, read_scope
from projector.api.describing import Given, Parameter, Routes
from projector.api.listing import AFTER, FORMAT, LIMIT, Page, Row, answer_list, page, page_limit
from projector.questions.credentials import ELIGIBLE_COLUMNS
from projector.questions.deadline import Deadline
from projector.questions.questions import ENDING_COLUMNS, FORECAST_MONTHS, Questions
from projector.questions.readiness import GAP_COLUMNS, SEAT_COLUMNS, Measured

_LEVEL = Parameter("level", "the id of a level; none: the mastery level")
_READY = Parameter("ready", "only those who are ready, or are not", {"type": "string", "enum": ["true", "false"]})
_MOST_DAYS, _MOST_MONTHS, _MOST_DATES = 3660, 1200, 12
_DAYS = Parameter("days", "how many days ahead", {"type": "integer", "minimum": 0, "maximum": _MOST_DAYS})
_COMPETENCY = Parameter("competency", "the IRI of a competency")
_MONTHS = Parameter("months", "how many months ahead, separated by commas, at most twelve numbers")
_CANDIDATE_ROLE = Parameter("role", "the IRI of a role", required=True)
_CREDENTIAL = Parameter("credential", "the IRI of a credential rule", required=True)
_EXPIRING_DAYS = 90
_LIST = (AFTER, LIMIT, FORMAT)


def questions_router(
    questions: Questions, *, authorize: Authorize, threads: Threads, answer_seconds: float
) -> APIRouter:
    """Return the routes of the questions. One that takes longer than ``answer_seconds`` is answered with 503."""
    routes = Routes(APIRouter(tags=["questions"]), authorize)
    _about_one_person(routes, questions, threads, answer_seconds)
    _about_many(routes, questions, threads, answer_seconds)
    _about_numbers(routes, questions, threads, answer_seconds)
    _about_time(routes, questions, threads, answer_seconds)
    return routes.router


def _about_one_person(routes: Routes, questions: Questions, threads: Threads, seconds: float) -> None:
    @routes.get("/api/v1/people/{person_id}/competencies/{competency:path}/explanation", _LEVEL, *AXES)
    async def explanation(request: Request, given: Given) -> Response:
        """Return what is missing to a level: the smallest set of conditions.

        Each condition has a code; one about another competency says under `missing` what is missing there.
        """
        person, competency = _whom(request)
        asked = (person, competency, given.get("level"), read_axes(given), Deadline(seconds))
        return json_response(await threads.run(questions.explanation, *asked))

    @routes.get("/api/v1/people/{person_id}/competencies/{competency:path}/eligibility", *AXES)
    async def eligibility(request: Request, given: Given) -> Response:
        """Return whether mastery may be asserted of a person, whether they may begin, and why."""
        person, competency = _whom(request)
        asked = (person, competency, read_axes(given), Deadline(seconds))
        return json_response(await threads.run(questions.eligibility, *asked))

    @routes.get("/api/v1/people/{person_id}/credentials", *AXES)
    async def credentials(request: Request, given: Given) -> Response:
        """Return for which credentials a person is eligible and since when, and what is missing to the others."""
        person = person_id(request.path_params["person_id"])
        found = await threads.run(questions.credentials, person, read_axes(given), Deadline(seconds))
        return json_response({"personId": person, "credentials": found})

    @routes.get("/api/v1/people/{person_id}/next-steps", ROLE, *AXES)
    async def next_steps(request: Request, given: Given) -> Response:
        """Return what a person can do next and what they may skip.

        Steps are open gaps of the role (none: of the roles that they hold) whose prerequisites are met, with the
        activities that feed them.
        """
        person = person_id(request.path_params["person_id"])
        asked = (person, given.get("role"), read_axes(given), Deadline(seconds))
        return json_response(await threads.run(questions.steps, *asked))

    @routes.get("/api/v1/competencies/{competency:path}/activities", AS_OF)
    async def activities(request: Request, given: Given) -> Response:
        """Return which activities feed a competency, and by which rules."""
        competency = request.path_params["competency"]
        found = await threads.run(questions.activities, competency, read_axes(given))
        return json_response({"competency": competency, "activities": found})


def _about_many(routes: Routes, questions: Questions, threads: Threads, seconds: float) -> None:
    @routes.get("/api/v1/readiness", *SCOPE, _READY, *AXES, *_LIST, csv=True)
    async def readiness(request: Request, given: Given) -> Response:
        """Return how ready people are, by person and role.

        Narrowed by person, team, role or goal; without any, everybody and the roles that they hold. With a team and a
        role, everybody in the team is measured for it.
        """
        page_limit(given)
        scope, at, deadline, ready = read_scope(given), read_axes(given), Deadline(seconds), _ready(given)

        def read() -> Page[Row]:
            rows = questions.readiness(scope, at, deadline)
            return _seats(page((row for row in rows if ready in (None, row.readiness.ready)), given, _by_seat))

        return answer_list(request, given, "readiness", await threads.run(read), SEAT_COLUMNS)

    @routes.get("/api/v1/candidates", _CANDIDATE_ROLE, AS_OF, *_LIST, csv=True)
    async def candidates(request: Request, given: Given) -> Response:
        """Return who could fill a role, the readiest first; those who hold it are left out."""
        if "role" not in given:
            raise invalid_parameter("role", "the parameter role is required")
        page_limit(given)
        at, deadline = read_axes(given), Deadline(seconds)

        def read() -> Page[Row]:
            return _seats(page(questions.candidates(given["role"], at, deadline), given, _by_readiness))

        return answer_list(request, given, "candidates", await threads.run(read), SEAT_COLUMNS)

    @routes.get("/api/v1/eligible", _CREDENTIAL, AS_OF, *_LIST, csv=True)
    async def eligible(request: Request, given: Given) -> Response:
        """Return who is eligible for a credential, and since when."""
        if "credential" not in given:
            raise invalid_parameter("credential", "the parameter credential is required")
        page_limit(given)
        at, deadline = read_axes(given), Deadline(seconds)

        def read() -> Page[Row]:
            return page(questions.eligible(given["credential"], at, deadline), given, lambda row: (row["personId"],))

        return answer_list(request, given, "eligible", await threads.run(read), ELIGIBLE_COLUMNS)


def _about_numbers(routes: Routes, questions: Questions, threads: Threads, seconds: float) -> None:
    @routes.get("/api/v1/readiness/summary", *SCOPE, *AXES)
    async def summary(_request: Request, given: Given) -> Response:
        """Return readiness in numbers: people, ready, mean, by role, with the gaps."""
        asked = (read_scope(given), read_axes(given), Deadline(seconds))
        return json_response(await threads.run(questions.summary, *asked))

    @routes.get("/api/v1/gaps", *SCOPE, *AXES, FORMAT, csv=True)
    async def gaps(request: Request, given: Given) -> Response:
        """Return the gaps by competency: of how many people, how many levels, critical for how many."""
        rows = await threads.run(questions.gaps, read_scope(given), read_axes(given), Deadline(seconds))
        return answer_list(request, given, "gaps", (rows, None, False), GAP_COLUMNS)


def _about_time(routes: Routes, questions: Questions, threads: Threads, seconds: float) -> None:
    @routes.get("/api/v1/forecast", *SCOPE, _MONTHS, *AXES)
    async def forecast(_request: Request, given: Given) -> Response:
        """Return readiness and gaps at dates ahead, if nobody learns anything new.

        Expiries, dated roles and policies and the ends of assignments are what changes.
        """
        asked = (read_scope(given), _months(given), read_axes(given), Deadline(seconds))
        return json_response({"forecast": await threads.run(questions.forecast, *asked)})

    @routes.get("/api/v1/expiring", _DAYS, *SCOPE, _COMPETENCY, AS_OF, *_LIST, csv=True)
    async def expiring(request: Request, given: Given) -> Response:
        """Return what is valid and ends within so many days (90), by its end."""
        days = whole_number(given, "days", default=_EXPIRING_DAYS, most=_MOST_DAYS)
        scope, at, deadline = read_scope(given), read_axes(given), Deadline(seconds)

        def read() -> Page[Row]:
            with closing(questions.expiring(days, scope, given.get("competency"), at, deadline)) as found:
                return page(found, given, lambda row: (row["validUntil"], row["personId"], row["competency"]))

        return answer_list(request, given, "expiring", await threads.run(read), ENDING_COLUMNS)


def _whom(request: Request) -> tuple[str, str]:
    return person_id(request.path_params["person_id"]), request.path_params["competency"]


def _seats(shown: Page[Measured]) -> Page[Row]:
    found, following, more = shown
    return [row.told() for row in found], following, more


def _by_seat(row: Measured) -> Sequence[str]:
    return row.seat.person, row.seat.role


def _by_readiness(row: Measured) -> Sequence[str]:
    """Return the place of a candidate as texts in ascending order: what lacks to full readiness comes first."""
    lacking = Fraction(1) - Fraction(row.readiness.readiness)
    return f"{int(lacking * 10_000):05d}", f"{len(row.readiness.critical):05d}", row.seat.person


def _ready(given: Given) -> bool | None:
    text = given.get("ready")
    if text not in (None, "true", "false"):
        raise invalid_parameter("ready", "ready is true or false")
    return None if text is None else text == "true"


def _months(given: Given) -> list[int]:
    text = given.get("months")
    if text is None:
        return list(FORECAST_MONTHS)
    parts = text.split(",")
    if len(parts) > _MOST_DATES or not all(map(_is_count_of_months, parts)):
        message = f"months are at most {_MOST_DATES} whole numbers up to {_MOST_MONTHS}, separated by commas"
        raise invalid_parameter("months", message)
    return [int(part) for part in parts]


def _is_count_of_months(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= len(str(_MOST_MONTHS)) and int(text) <= _MOST_MONTHS
