"""The verdict on every signed statement, kept beside its entry (Data 2.6)."""

from collections.abc import Sequence

from lrs.ingest.attachments import Attachment
from lrs.log.entry import SideRow
from lrs.xapi.check import Checked
from lrs.xapi.signatures import SIGNATURE_USAGE, Trust, judge_signatures
from lrs.xapi.version import Version


def signature_rows(
    statements: Sequence[Checked], attachments: Sequence[Attachment], trust: Trust, version: Version
) -> list[tuple[SideRow, ...]]:
    """Return for each statement the row that keeps its verdict; none for a statement without a signature.

    Raises InvalidStatement with every malformed signature. The verdict is that of ``trust`` when the statement comes;
    it stays when a certificate expires or anchors change.
    """
    if not any(_is_signed(statement) for statement in statements):
        return [()] * len(statements)
    contents = {attachment.sha2: attachment.content for attachment in attachments}
    bodies = [statement.body for statement in statements]
    verdicts = judge_signatures(bodies, contents, trust, version)
    return [
        (SideRow("insert_signature", {"verdict": verdict.value}),) if _is_signed(statement) else ()
        for statement, verdict in zip(statements, verdicts, strict=True)
    ]


def _is_signed(statement: Checked) -> bool:
    return any(described["usageType"] == SIGNATURE_USAGE for described in statement.body.get("attachments", ()))
