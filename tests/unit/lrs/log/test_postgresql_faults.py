"""What the errors of PostgreSQL mean for the log; none of their texts, which may quote data, is passed on."""

import psycopg
import pytest

from lrs.log import faults
from lrs.log.postgresql import translated

MEANT = {
    psycopg.errors.DiskFull: faults.StoreFull,
    psycopg.errors.DataCorrupted: faults.StoreDamaged,
    psycopg.errors.IndexCorrupted: faults.StoreDamaged,
    psycopg.errors.UndefinedFile: faults.StoreDamaged,
    psycopg.errors.AdminShutdown: faults.ConnectionLost,
    psycopg.errors.ConnectionFailure: faults.ConnectionLost,
    psycopg.OperationalError: faults.ConnectionLost,
    psycopg.errors.QueryCanceled: faults.QueryTimeout,
    psycopg.errors.LockNotAvailable: faults.StoreUnavailable,
    psycopg.errors.ReadOnlySqlTransaction: faults.StoreUnavailable,
    psycopg.errors.UniqueViolation: faults.EntryRefused,
}


@pytest.mark.parametrize("error", MEANT)
def test_an_error_of_the_database_is_told_as_what_it_means(error: type[psycopg.Error]) -> None:
    with pytest.raises(faults.StoreFault) as told, translated():
        raise error("Key (name)=(maya) is in the way")
    assert type(told.value) is MEANT[error]
    assert "maya" not in str(told.value)
