"""kill -9 of the server at random moments of ingestion loses nothing that was acknowledged."""

import pytest

from integration.crash.after import check_after
from integration.crash.kills import Plan, carry_out, publish_documents
from support.served import Served

KILLS = 10
FEWEST_KILLS = 3  # a slow machine may do no more in the time
MOST_SECONDS = 30.0


@pytest.mark.slow
def test_killed_servers_lose_no_acknowledged_statement_and_keep_batches_whole(served: Served) -> None:
    publish_documents(served)
    result = carry_out(Plan(KILLS, 20260301, MOST_SECONDS, FEWEST_KILLS), served)
    print(result)
    assert result.faults == ()
    assert result.kills >= FEWEST_KILLS
    assert result.acknowledged > result.kills
    assert check_after(served) == []
