"""Settings and reference returns are there for the tasks they name."""

import pytest

from discovery.rl import tuned as module
from discovery.rl.networks import make_networks
from discovery.rl.references import REFERENCES, SOLVED, reference_return
from discovery.rl.task import BRAX_TASKS, GYMNAX_TASKS, make_task
from discovery.rl.tuned import tuned


def test_every_setting_and_reference_names_a_task():
    assert set(module._TUNED) | set(REFERENCES) | set(SOLVED) <= {*GYMNAX_TASKS, *BRAX_TASKS}
    assert {name for name in GYMNAX_TASKS if "MinAtar" in name} <= set(module._TUNED)


def test_every_setting_fits_its_task():
    for name in module._TUNED:
        if name not in BRAX_TASKS:
            make_networks(make_task(name), tuned(name))


def test_a_backend_changes_nothing():
    assert tuned("ant@mjx") == tuned("ant")


def test_an_environment_without_settings_is_refused():
    with pytest.raises(ValueError, match=r"'Pong-misc'.*CartPole-v1"):
        tuned("Pong-misc")


def test_published_returns():
    assert reference_return("Breakout-MinAtar") == 28
    assert reference_return("ant") is None
