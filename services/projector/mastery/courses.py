"""Folds that can go on, kept beside the documents: one more piece costs the same however many came before (section 13).

They are made of the documents and checked against them at every use, so losing one costs time and changes nothing.
"""

from collections import OrderedDict
from dataclasses import dataclass

from projector.mastery.evaluate import Evaluation
from projector.mastery.rulebook import Policy
from projector.mastery.state import Digest, State

MOST_COURSES = 4_096
MOST_PIECES = 250_000
"""How many pieces of evidence all courses may have together: each takes up to a kilobyte."""


@dataclass(slots=True)
class Course:
    """The evaluation of a person and competency with ``size`` facts, and the state that was published of it."""

    policy: Policy
    evaluation: Evaluation
    digest: Digest
    size: int
    revision: int = -1
    position: int = -1

    def published(self, state: State | None) -> None:
        """Note which state the evaluation led to."""
        self.revision, self.position = (-1, -1) if state is None else (state.revision, state.position)

    def led_to(self, state: State | None) -> bool:
        """Return whether a state is the one that the evaluation led to."""
        return state is not None and (state.revision, state.position) == (self.revision, self.position)


class Courses:
    """The courses of the people and competencies that were folded last."""

    def __init__(self, most: int = MOST_COURSES, most_pieces: int = MOST_PIECES) -> None:
        self._most = most
        self._most_pieces = most_pieces
        self._pieces = 0
        self._courses: OrderedDict[tuple[str, str], Course] = OrderedDict()

    def take(self, person: str, competency: str) -> Course | None:
        """Return a course and forget it: whoever takes it keeps it again when it is still good."""
        course = self._courses.pop((person, competency), None)
        if course is not None:
            self._pieces -= course.size
        return course

    def keep(self, person: str, competency: str, course: Course) -> None:
        """Keep a course, and no more than there is room for."""
        self._courses[person, competency] = course
        self._pieces += course.size
        while len(self._courses) > self._most or (self._pieces > self._most_pieces and len(self._courses) > 1):
            _, oldest = self._courses.popitem(last=False)
            self._pieces -= oldest.size

    def clear(self) -> None:
        """Forget every course, because anything may have changed."""
        self._courses.clear()
        self._pieces = 0
