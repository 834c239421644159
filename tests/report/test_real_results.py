"""Reports of what `drift bench` writes: real artifacts of made-up curves, some of whose runs failed."""

import dataclasses
import json
import re

import numpy as np
import pytest

from discovery.benchmark.conditions import conditions
from discovery.benchmark.results import diagnostic_steps, write_results
from discovery.benchmark.scores import ScoreMatrix
from discovery.commands import surfaces
from discovery.commands.certificates import write_verdicts
from discovery.commands.report import write_report
from discovery.commands.scoring import decided, labelled, verdicts_of
from discovery.report.findings import read_findings
from discovery.report.gallery import looks_of
from discovery.report.html import charts, words
from discovery.report.html.catalogue import catalogue, read_certificates
from discovery.report.html.compare import Compared, compare_html
from discovery.report.html.page import to_html
from discovery.report.markdown import _facts, to_markdown
from discovery.report.surfaces import undrawn
from discovery.rl.config import PPOConfig
from discovery.rl.diagnostics import METRICS
from discovery.runs import Run
from tests.report import made_up
from tests.report.test_html_page import Page

DRIFTS = ["none", "ppo", "spo", "k1", "abs_log"]
CONFIG = PPOConfig(num_envs=8, num_steps=16, total_steps=8 * 16 * 20)
LEVELS = {"none": 20.0, "ppo": 100.0, "spo": 140.0, "k1": 60.0, "abs_log": 40.0}


def matrix(label, condition, *, failed, seeds=6):
    """Curves of `seeds` runs; of each drift in `failed` so many end half-way, or never finish an episode."""
    rng = np.random.default_rng(0)
    updates = condition.config.num_updates
    points = len(diagnostic_steps(condition.config))
    curves, found = {}, {}
    for name in DRIFTS:
        curves[name] = LEVELS[name] + rng.normal(0, 3, (seeds, updates))
        found[name] = {metric: rng.uniform(0.1, 0.2, (seeds, points)) for metric in METRICS}
        for run in range(failed.get(name, 0)):
            curves[name][run, updates // 2 :] = np.nan
            for values in found[name].values():
                values[run, points // 2 :] = np.nan
    return ScoreMatrix(label, condition, "auc", curves, found, 1000.0)


def benchmark(folder, *, envs=("CartPole-v1", "Acrobot-v1"), sweep=None, asked=None, failed=None, seed=0, **bench):
    """A run as `drift bench` leaves it; of an interrupted one `asked` holds environments that it did not reach."""
    compared = conditions(dict.fromkeys(envs, CONFIG), sweep or {})
    wanted = conditions(dict.fromkeys(asked or envs, CONFIG), sweep or {})
    bench = {"seeds": 6, "metric": "auc", "normalise": "drifts", **bench}
    config = {"train": {"seed": seed}, "bench": bench, "drifts": DRIFTS, "envs": list(asked or envs), "suite": None}
    config |= {"sweep": sweep or {}}
    config["conditions"] = {label: {"env": c.env, "settings": vars(c.config)} for label, c in wanted.items()}
    run = Run.create(folder, "bench", config)
    drifts = labelled(DRIFTS)
    decisions = decided(drifts)
    write_verdicts(run, list(decisions.values()))
    failed = {"k1": 2} if failed is None else failed
    matrices = {label: matrix(label, condition, failed=failed) for label, condition in compared.items()}
    write_results(run, matrices, bench["normalise"], verdicts_of(drifts, decisions))
    return run


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return benchmark(tmp_path_factory.mktemp("runs"))


@pytest.fixture(scope="module")
def findings(run):
    return read_findings(run)


def html(run):
    text = to_html(read_findings(run), [], read_certificates(run))
    data = re.search(r'<script type="application/json" id="data">(.*?)</script>', text, re.DOTALL)
    assert data
    return Page(text), json.loads(data[1])["figures"]


@pytest.fixture(scope="module")
def page(run):
    return html(run)


def line(figure, name):
    (found,) = (trace for trace in figure["data"] if trace.get("name") == name)
    return found


def test_a_failed_run_stays_in_the_learning_curve_as_the_worst_of_all(findings, page):
    drawn = line(page[1]["curves-0"], "k1")["y"]
    curves = findings.curves["CartPole-v1"]
    worst = np.min([runs[np.isfinite(runs[:, -1]), -1].min() for runs in curves.values()])
    expected = (2 * worst + curves["k1"][2:, -1].sum()) / 6
    assert drawn[-1] == pytest.approx(expected, rel=1e-4)
    assert drawn[0] == pytest.approx(curves["k1"][:, 0].mean(), rel=1e-4)
    assert "A run that failed counts from then on as the worst return of all." in page[0].sections["benchmark"]


def test_a_diagnostic_is_the_mean_of_all_runs_until_they_diverge(findings, page):
    values = findings.diagnostics["CartPole-v1"]["k1"]["entropy"]
    drawn = line(page[1]["diagnostics-0-entropy"], "k1")["y"]
    assert drawn[0] == pytest.approx(values[:, 0].mean(), rel=1e-4)
    assert drawn[-1] == pytest.approx(values[2:, -1].mean(), rel=1e-4)


def test_all_of_training_is_drawn_in_stretches_that_end_where_they_are_drawn():
    runs, steps = np.arange(10.0)[None], 100 * np.arange(1, 11)
    np.testing.assert_allclose(charts.thinned(runs, 4), [[1.0, 3.5, 6.0, 8.5]])
    np.testing.assert_array_equal(charts.ends_of(steps, 4), [300, 500, 800, 1000])
    np.testing.assert_array_equal(charts.thinned(runs, 20), runs)


def test_the_scale_is_named_as_the_run_has_it(tmp_path, findings, page):
    assert findings.scale == "none = 0, ppo = 1"
    assert "Normalised scores: none = 0, ppo = 1." in page[0].sections["benchmark"]
    other = benchmark(tmp_path, normalise="references")
    shown, text = html(other)[0].sections["benchmark"], to_markdown(read_findings(other), {})
    for told in (shown, text):
        assert "random actions = 0, published return = 1" in told
        assert "none = 0" not in told


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"seed": 5}, "base seed 0 and 5"),
        ({"normalise": "references"}, "normalised scores none = 0, ppo = 1 and random"),
    ],
)
def test_runs_stand_in_one_table_only_on_the_same_terms(tmp_path, change, said):
    envs = ("CartPole-v1",)
    runs = [benchmark(tmp_path, envs=envs), benchmark(tmp_path, envs=envs, **change)]
    compared = [Compared(read_findings(found), [], {}) for found in runs]
    told = Page(compare_html(compared)).sections["benchmark"]
    assert said in told
    assert "CartPole-v1 (run 1, run 2)" not in told
    assert "CartPole-v1 (run 1, run 2)" in Page(compare_html([compared[0]] * 2)).sections["benchmark"]


def test_every_table_has_verdicts_and_the_page_their_arguments(page, findings):
    shown = page[0].sections
    assert "refuted, valid with its gauge" in shown["benchmark"]  # k1
    assert "| `k1` | refuted, valid with its gauge |" in to_markdown(findings, {})
    assert "This run holds no verdicts" not in shown["verdict"]
    assert "This completes the proof." in shown["verdict"]
    assert "Counterexample" in shown["verdict"]


def test_a_failed_run_of_none_leaves_a_number_of_standard_errors(findings):
    rows = [{**row, "drift": {"k1": "network"}.get(row["drift"], row["drift"])} for row in findings.rows]
    text = _facts(type(findings)(manifest=findings.manifest, path="", rows=rows), "spo", "CartPole-v1")
    assert re.search(r"scores \d+\.\d standard errors above no drift", text)


def test_one_environment_is_no_average_over_environments(tmp_path):
    run = benchmark(tmp_path, envs=("CartPole-v1",))
    text = to_markdown(read_findings(run), {})
    page = html(run)[0].sections["benchmark"]
    for told in (text, page):
        assert "Across environments" not in told
        assert "optimality gap" not in told
    assert "Statistics on CartPole-v1" in page


def test_a_sweep_says_that_each_value_has_its_own_scale(tmp_path):
    run = benchmark(tmp_path, envs=("CartPole-v1",), sweep={"learning_rate": [1e-3, 1e-2]}, failed={})
    said = "Each value of the sweep has its own 0 and 1"
    assert said in to_markdown(read_findings(run), {})
    assert said in html(run)[0].sections["benchmark"]


def test_an_interrupted_benchmark_names_what_is_missing_and_how_to_go_on(tmp_path):
    run = benchmark(tmp_path, envs=("CartPole-v1",), asked=("CartPole-v1", "Acrobot-v1"))
    run.reconfigure(run.manifest["config"])
    findings = read_findings(run)
    resume = f"drift bench --resume {run.path}"
    assert words.missing(findings)["conditions"] == ("No scores yet of Acrobot-v1.", resume)
    assert f"No scores yet of Acrobot-v1. Made by {resume}" in html(run)[0].sections["benchmark"]
    text = to_markdown(findings, {})
    assert f"it has no scores on Acrobot-v1. Go on with `{resume}`." in text
    (later,) = run.manifest["resumed"]
    assert f"on {later['time']}" in text.partition("gone on with by")[2]
    assert any(later["time"] in what for what, _ in words.reproduction(findings))


def test_labels_and_colours_are_those_of_the_figures(findings):
    entries = catalogue(findings, {})
    for name, look in looks_of(findings).items():
        assert (entries[name].label, entries[name].colour) == (look.label, look.colour)


def test_figures_of_conditions_that_are_gone_are_removed(tmp_path, monkeypatch):
    monkeypatch.setattr(surfaces, "surfaces_of", lambda run, findings: [])
    run = Run.create(tmp_path, "bench", {"task": ["CartPole-v1"]})
    run.write_bytes("figures/curves-Acrobot-v1.png", b"old")
    write_report(run)
    assert not [name for name in run.artifacts if name.startswith("figures/")]
    assert not (run.path / "figures" / "curves-Acrobot-v1.png").exists()


def test_the_drifts_of_a_benchmark_are_found_by_the_names_of_its_rows_and_those_that_are_gone_left_out():
    found = surfaces._asked(["ppo", "expr:abs(A)*(r - 1)**2", "runs/that-is-gone"])
    assert list(found) == ["ppo", "expr:abs(A)*(r - 1)**2"]
    assert surfaces._benchmarked("none") is not None
    assert surfaces._benchmarked("abs(A)*(r - 1)**2") is not None
    assert surfaces._benchmarked("runs/that-is-gone") is None


def test_a_comparison_tells_a_benchmark_of_the_references_from_none(tmp_path):
    run = read_findings(benchmark(tmp_path, envs=("CartPole-v1",)))
    known = [row for row in run.rows if row["drift"] in ("none", "ppo")]
    references = Compared(dataclasses.replace(run, rows=known), [], {})
    text = Page(compare_html([references, references])).sections["runs"]
    assert "compares the drifts none, ppo and dpo only" in text
    assert "has no benchmark" not in text
    empty = Compared(dataclasses.replace(run, rows=None), [], {})
    assert "This run has no benchmark." in Page(compare_html([empty, empty])).sections["runs"]


def test_settings_are_rows_without_a_word_of_python(findings):
    sections = dict(words.settings(findings.manifest["config"]))
    assert ("drifts", ", ".join(DRIFTS)) in sections[""]
    assert ("suite", "-") in sections[""]
    assert ("total_steps", "2,560") in sections["conditions: CartPole-v1"]
    told = " ".join(value for rows in sections.values() for _, value in rows)
    assert not set("{}[]'") & set(told)
    assert "None" not in told


def test_drifts_that_are_not_drawn_are_named(findings):
    assert undrawn(findings, made_up.surfaces(DRIFTS)) == ""
    assert undrawn(findings, made_up.surfaces(DRIFTS[:3])).startswith("Not drawn here: k1 and abs_log.")
    assert "Not drawn here: k1 and abs_log." in to_markdown(findings, {"slopes": "."}, made_up.surfaces(DRIFTS[:3]))
