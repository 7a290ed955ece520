"""The region file as it is shipped, written once for all tests of places."""

import pytest

from bpu.rules.places.regions import Regions


@pytest.fixture(scope="package")
def regions(tmp_path_factory: pytest.TempPathFactory) -> Regions:
    return Regions.load(tmp_path_factory.mktemp("regions") / "regions.sqlite3")
