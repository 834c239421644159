"""Tests of grammars keep their caches to themselves."""

import pytest


@pytest.fixture(scope="session", autouse=True)
def cache_folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DRIFT_CACHE_DIR", str(folder))
        yield folder
