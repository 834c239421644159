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
        found["bands"] = len(axis.collections)
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
        "bands": 1,
    }


def test_an_earlier_history_is_shown_beside_the_benchmark(lines):
    keys = ("held_out_ppo", "held_out_none", "by_env", "sigma", "env_steps_per_second")
    history = [{key: value for key, value in record(g, judged=True).items() if key not in keys} for g in range(3)]
    figures.meta_training(history, REFERENCES)
    assert {name: level for name, level in lines.items() if "seeds" in name} == {
        "ppo, benchmark seeds": 440.0,
        "none, benchmark seeds": 90.0,
    }


def test_ranks_are_not_drawn_beside_the_scores_of_several_environments(lines):
    figures.meta_training([record(g, judged=True, envs=("a", "b")) for g in range(3)], {})
    assert {name for name in lines if "seeds" in name} == {"ppo, held-out seeds", "none, held-out seeds"}
    assert lines["bands"] == 0
    assert "0 = no drift, 1 = ppo" in lines["ordinate"]
