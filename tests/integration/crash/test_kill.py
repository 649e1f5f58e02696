"""kill -9 of the server at random moments of ingestion loses nothing that was acknowledged."""

import pytest

from integration.crash.after import check_after
from integration.crash.kills import kill_while_ingesting, publish_documents
from support.served import Served

KILLS = 10


@pytest.mark.slow
def test_killed_servers_lose_no_acknowledged_statement_and_keep_batches_whole(served: Served) -> None:
    publish_documents(served)
    result = kill_while_ingesting(served, kills=KILLS, seed=20260301)
    print(result)
    assert result.faults == ()
    assert result.acknowledged >= KILLS
    assert check_after(served) == []
