import pytest
from database_support import Storage
from delivery_support import Town

from commentkit.model import Database


@pytest.fixture
def town(storage: Storage) -> Town:
    return Town(Database(storage.engine()))


@pytest.fixture
def any_town(town: Town) -> Town:
    return town
