"""The report of a run in words."""

import re
from dataclasses import replace

import numpy as np
import pytest

from discovery.commands.report import write_report
from discovery.report.figures import evolution
from discovery.report.findings import Findings
from discovery.report.gallery import gallery
from discovery.report.markdown import to_markdown
from discovery.runs import HISTORY, Run
from tests.report import made_up
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
    return to_markdown(Findings(manifest=manifest, path="", **{**kept, **given}), {})


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
def test_returns_of_the_benchmark_are_drawn_for_one_environment_only(monkeypatch, envs):
    drawn = []
    monkeypatch.setattr(evolution, "meta_training", lambda history, references: drawn.append(references))
    history = [record(g, judged=True, envs=envs) for g in range(3)]
    benchmark = [row for env in envs for row in rows(env, 110, 99)]
    manifest = {**MANIFEST, "config": {"task": list(envs)}}
    list(gallery(Findings(manifest=manifest, path="", history=history, rows=benchmark)))
    assert drawn == [{"none": 0.0, "ppo": 100.0} if len(envs) == 1 else {}]


def test_a_report_shows_its_pictures_with_their_captions(tmp_path):
    run = Run.create(tmp_path, "made-up", {"task": ["Pendulum-v1"]})
    run.write_json(HISTORY, [record(g, judged=True, envs=("Pendulum-v1",)) for g in range(3)])
    text = write_report(run).read_text()
    assert "![Meta-training: " in text
    assert "](figures/metatrain.png)" in text
    assert "([PDF](figures/metatrain.pdf))" in text
    assert run.read_bytes("figures/metatrain.pdf").startswith(b"%PDF")
    assert "it has no formulas, benchmark." in text


def benchmark_report(**changes):
    return to_markdown(made_up.findings(**changes), {})


def test_better_and_worse_are_words_of_the_record():
    text = benchmark_report(summary=None)
    for row in made_up.findings().rows:
        told = row["comparison_with_ppo"]
        (line,) = (x for x in text.splitlines() if x.startswith(f"| {row['condition']} | `{row['drift']}`"))
        assert (told is None) or f"| {told['word']} | 40 |" in line
        assert ("better" in line, "worse" in line) == tuple(
            told is not None and told["word"] == w for w in ("better", "worse")
        )
    silent = [{**row, "comparison_with_ppo": None} for row in made_up.findings().rows]
    text = benchmark_report(rows=silent, summary=None)
    assert re.search(r"\bworse\b", text) is None
    assert text.count("better") == text.count("P(better than ppo)") == 1


def test_statistics_across_environments_are_told_with_their_intervals():
    summary = [made_up.summary(made_up.FEW, {}, ["CartPole-v1", "a"], {"Acrobot-v1": "ppo does not beat none"})]
    text = benchmark_report(summary=summary)
    assert "Normalised scores (none = 0, ppo = 1) over 2 environments (CartPole-v1, a), 32 seeds each" in text
    assert "The median is over environments, of the means over runs" in text
    assert "* Acrobot-v1: ppo does not beat none" in text
    iqm = summary[0]["aggregates"][2]["iqm"]
    assert f"| `dpo` | {iqm['value']:.2f} [{iqm['low']:.2f}, {iqm['high']:.2f}] |" in text
    record = next(found for found in summary[0]["improvement"] if found["drift"] == "dpo")
    assert f"[{record['probability']['low']:.2f}, {record['probability']['high']:.2f}] | {record['word']} |" in text
    assert "lies wholly above or below 1/2" in text


def test_without_a_scale_the_reasons_are_given():
    entry = {
        **made_up.summary(made_up.FEW, {}, [], {"a": "no reason", "b": "another"}),
        "aggregates": [],
        "improvement": [],
    }
    text = benchmark_report(summary=[entry])
    assert "no environment has a scale" in text
    assert "* a: no reason\n* b: another" in text


def test_failures_are_counted_and_named():
    text = benchmark_report(diverging={"spo": 2})
    assert (
        "counts as the worst score of all drifts in its environment and is never left out. 4 of 320 runs failed" in text
    )
    assert "* CartPole-v1, `spo`: 2 of 32 (seeds 0, 1)" in text
    assert "| 2 of 32 |" in text
    assert "No run failed." in benchmark_report()


def test_a_sweep_is_a_table_of_its_values():
    text = benchmark_report(sweep=(1e-3, 1e-2), envs=("CartPole-v1",))
    assert "| environment | drift | learning rate 0.001 | learning rate 0.01 |" in text
    assert "### At learning rate 0.01" in text
    assert "## Sweep" not in benchmark_report()


def test_what_a_benchmark_lacks_is_named():
    made = made_up.findings(diagnostics=None, summary=None)
    part = [row for row in made.rows if row["env"] == "CartPole-v1"]
    text = to_markdown(replace(made, rows=part), {})
    assert "it has no statistics across environments, diagnostics, scores on Acrobot-v1." in text
    assert "unfinished" not in benchmark_report()


def test_formulas_too_long_for_a_legend_are_spelt_out():
    text = benchmark_report(drifts=made_up.NETWORKS)
    assert f"* formula 1: `{made_up.LONG[0]}`" in text
    assert "Names in the figures" not in benchmark_report()
