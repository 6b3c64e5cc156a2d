import pytest
from database_support import Databases
from delivery_support import Town

from commentkit.model import Database


@pytest.fixture
def town(databases: Databases) -> Town:
    return Town(Database(databases.engine()))


@pytest.fixture
def any_town(town: Town) -> Town:
    return town
