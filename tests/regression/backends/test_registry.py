"""Engines by name."""

import inspect

import pytest

from discovery.regression.backends.protocol import Backend
from discovery.regression.backends.registry import NAMES, backend


@pytest.mark.parametrize("name", NAMES)
def test_every_engine_has_the_signature_of_the_protocol(name):
    given = inspect.signature(type(backend(name)).propose)
    assert given.parameters.keys() == inspect.signature(Backend.propose).parameters.keys()
    assert [p.kind for p in given.parameters.values()] == [
        p.kind for p in inspect.signature(Backend.propose).parameters.values()
    ]


def test_an_unknown_engine_is_refused():
    with pytest.raises(ValueError, match="backend must be one of operon, pysr; got 'gplearn'"):
        backend("gplearn")
