"""A comment posted in one process is seen in another within a second, on every database."""

import freshness
import pytest
from database_support import KINDS
from freshness import BOUND_SECONDS, Doors


@pytest.mark.parametrize("pair", KINDS, indirect=True)
def test_a_comment_is_seen_in_another_process_within_a_second(pair: Doors) -> None:
    lags = freshness.measure(pair, 1000)
    print(freshness.summary(lags))
    assert len(lags) == 1000
    assert max(lag.stale for lag in lags) <= BOUND_SECONDS, freshness.summary(lags)
