"""The figures."""

import matplotlib.pyplot as plt
import pytest

from discovery.report import figures
from tests.report.records import record


@pytest.fixture
def lines(monkeypatch):
    """The level and label of every horizontal line of the last figure, and the label of its ordinate."""
    found = {}

    def keep(figure):
        (axis,) = figure.axes
        found.update({line.get_label(): line.get_ydata()[0] for line in axis.lines if line.get_linestyle() == "--"})
        found["ordinate"] = axis.get_ylabel()
        plt.close(figure)
        return b""

    monkeypatch.setattr(figures, "png", keep)
    return found


REFERENCES = {"ppo": 440.0, "none": 90.0}


def test_ppo_and_none_are_shown_on_the_seeds_of_the_curve(lines):
    figures.meta_training([record(g, judged=g % 4 == 0) for g in range(6)], {**REFERENCES, "dpo": 1.0})
    assert lines == {
        "ppo, held-out seeds": 450.25,
        "none, held-out seeds": 98.75,
        "dpo, benchmark seeds": 1.0,
        "ordinate": "score of the trained agents (return)",
    }


def test_an_earlier_history_is_shown_beside_the_benchmark(lines):
    keys = ("held_out_ppo", "held_out_none", "by_env", "sigma", "env_steps_per_second")
    history = [{key: value for key, value in record(g, judged=True).items() if key not in keys} for g in range(3)]
    figures.meta_training(history, REFERENCES)
    assert {name: level for name, level in lines.items() if name != "ordinate"} == {
        "ppo, benchmark seeds": 440.0,
        "none, benchmark seeds": 90.0,
    }


def test_normalised_scores_are_not_compared_with_returns(lines):
    figures.meta_training([record(g, judged=True, envs=("a", "b")) for g in range(3)], REFERENCES)
    assert set(lines) == {"ppo, held-out seeds", "none, held-out seeds", "ordinate"}
    assert "normalised" in lines["ordinate"]
