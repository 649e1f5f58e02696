"""The state rows that lists are answered from: rewritten, page by page, for every state that the engine changed."""

from projector.mastery import views
from projector.mastery.canonical import own_canonical
from projector.mastery.state import NOT_STARTED, STATE
from projector.store.projection import Page, StateRow


def put_changed_states(page: Page) -> None:
    """Bring the state rows in line with the states that were put or deleted in this page.

    A state that says nothing has no row: it is what is left of a person who was merged into another.
    """
    for key in page.documents.unwritten(STATE):
        person_id, competency = key.split("|", 1)
        found = page.documents.get(STATE, key)
        if found is None or (found.outcome.status == NOT_STARTED and not found.outcome.evidence):
            page.delete_state(person_id, competency)
        else:
            page.put_state(_row(page, person_id, competency))


def _row(page: Page, person_id: str, competency: str) -> StateRow:
    document = views.state(page.documents, person_id, competency)
    body = document["body"]
    return StateRow(
        person_id=person_id,
        competency=competency,
        status=body["status"],
        level=body["level"],
        value=body["value"],
        attained_at=body["attainedAt"],
        valid_until=body["validUntil"],
        grace_until=body["graceUntil"],
        position=document["meta"]["position"],
        body=own_canonical(document),
    )
