"""Fixtures for the sign-in tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from attack_lab import Lab
from attack_lab import lab as open_lab
from database_support import Databases


@pytest.fixture
def lab(tmp_path: Path, databases: Databases) -> Iterator[Lab]:
    with open_lab(tmp_path) as built:
        yield built
