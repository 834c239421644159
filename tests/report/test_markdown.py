"""The report of a run in words."""

import re

import numpy as np
import pytest

from discovery.commands.report import write_report
from discovery.report import figures
from discovery.report.findings import Findings
from discovery.report.markdown import to_markdown
from discovery.runs import HISTORY, SCORES, SELECTION, Run
from tests.report.records import record

FORMULA = "abs(A)*(r - 1)**2"
MANIFEST = {
    "name": "made-up",
    "command": ["drift", "discover"],
    "created": "today",
    "git": "0",
    "python": "3",
    "device": "cpu",
    "versions": {},
    "artifacts": {},
}


def rows(env, network, formula, *, seeds=20):
    """A benchmark in which none scores 0, ppo 100, and the others what is given."""
    found = []
    for name, level in (("none", 0.0), ("ppo", 100.0), ("network", network), (FORMULA, formula)):
        scores = (level + np.linspace(-1, 1, seeds)).tolist()
        interval = {"mean": level, "iqm": level, "iqm_low": level, "iqm_high": level}
        extras = {"failures": 0, "normalised": level / 100, "probability_of_improvement_over_ppo": 0.5}
        found.append({"env": env, "drift": name, "metric": "auc", "scores": scores, **interval, **extras})
    return found


def verdict(text, method):
    return {"expression": text, "verdict": "proved", "conditions": {"flat": {"method": method}}}


def member(text):
    return {"expression": text, "complexity": 9, "nmse": 0.1, "heldout_nmse": 0.1, "ties": []}


def report(envs=("Pendulum-v1",), **given):
    kept = dict.fromkeys(("history", "front", "verdicts", "selection", "rows"))
    manifest = {**MANIFEST, "config": {"task": list(envs)}}
    return to_markdown(Findings(manifest=manifest, path="", **{**kept, **given}), [])


def test_every_environment_is_named_and_told_apart():
    envs = ("Pendulum-v1", "CartPole-v1")
    benchmark = [*rows("Pendulum-v1", 110, 99), *rows("CartPole-v1", 50, 60)]
    text = report(envs, rows=benchmark, selection=[{"expression": FORMULA, "score": 0.5}])
    pendulum, cartpole = (next(p for p in text.split("\n\n") if p.startswith(f"On {env}")) for env in envs)
    assert "network reaches 1.10 and the formula 0.99, 90% of it" in pendulum
    assert "network reaches 0.50 and the formula 0.60, 120% of it" in cartpole
    assert "z-score" in text


def test_a_network_no_better_than_no_drift_has_no_share_to_keep():
    text = report(rows=rows("Pendulum-v1", -20, 10), selection=[{"expression": FORMULA, "score": 1.0}])
    assert "network reaches -0.20 and the formula 0.10.\n" in text


@pytest.mark.parametrize("text", ["(r - 1)**2", "progress*(r - 1)**2"])
def test_progress_is_spoken_of_where_a_formula_has_it(text):
    told = report(front=[member(text)], verdicts=[verdict(text, "sign structure")])
    assert ("at each progress in [0, 1], for all r > 0" in told) == ("progress" in text)
    assert "derivation" not in told.lower()


def test_what_rests_on_a_grammar_is_marked():
    text = "progress*(r - 1)**2"
    told = report(front=[member(text)], verdicts=[verdict(text, "derivation")])
    assert "| proved (derivation) |" in told
    assert re.search(r"\*Derivation\*: .* no certificate", told)


@pytest.mark.parametrize("envs", [("Pendulum-v1",), ("Pendulum-v1", "CartPole-v1")])
def test_returns_of_the_benchmark_are_drawn_for_one_environment_only(tmp_path, monkeypatch, envs):
    drawn = []

    def keep(history, references):
        drawn.append(references)
        return b""

    monkeypatch.setattr(figures, "meta_training", keep)
    run = Run.create(tmp_path, "made-up", {"task": list(envs)})
    run.write_json(HISTORY, [record(g, judged=True, envs=envs) for g in range(3)])
    run.write_json(SCORES, [row for env in envs for row in rows(env, 110, 99)])
    run.write_json(SELECTION, [])
    write_report(run)
    assert drawn == [{"none": 0.0, "ppo": 100.0} if len(envs) == 1 else {}]
