"""The artifacts of a benchmark: what a failed run leaves in them, and whom intervals depend on."""

import json

import numpy as np
import pytest

from discovery.benchmark.conditions import Condition
from discovery.benchmark.results import is_result, rows_of, write_results
from discovery.benchmark.scores import ScoreMatrix
from discovery.cli import main
from discovery.report.terminal import print_scores
from discovery.rl.config import PPOConfig
from discovery.runs import CURVES, DIAGNOSTICS, PAGE, REPORT, SCORES, SUMMARY, Run

CONFIG = PPOConfig(total_steps=2048, num_envs=4, num_steps=64)
UPDATES = CONFIG.num_updates
SILENT = dict.fromkeys(("expression", "verdict", "gauge"))


def matrix(curves, label="CartPole-v1"):
    diagnostics = {name: {"entropy": np.abs(runs)} for name, runs in curves.items()}
    return ScoreMatrix(label, Condition("CartPole-v1", CONFIG, {}), "auc", dict(curves), diagnostics, 10.0)


def config(drifts):
    condition = {"env": "CartPole-v1", "settings": vars(CONFIG)}
    return {"drifts": list(drifts), "envs": ["CartPole-v1"], "sweep": {}, "conditions": {"CartPole-v1": condition}}


@pytest.fixture
def curves():
    rng = np.random.default_rng(0)
    return {name: rng.normal(level, 1, (6, UPDATES)) for name, level in (("none", 1), ("ppo", 5), ("dpo", 4))}


def write(root, curves):
    run = Run.create(root, "bench", config(curves))
    rows = write_results(run, {"CartPole-v1": matrix(curves)}, "drifts", dict.fromkeys(curves, SILENT))
    return run, rows


@pytest.mark.parametrize("failed", ["one run", "one drift", "everything"])
def test_failed_runs_pass_every_reader(tmp_path, capsys, curves, failed):
    if failed == "everything":
        curves = {name: np.full_like(runs, np.nan) for name, runs in curves.items()}
    else:
        curves["dpo"][0 if failed == "one run" else slice(None), UPDATES // 2 :] = np.nan
    run, rows = write(tmp_path, curves)

    def refuse(constant):
        raise AssertionError(f"{constant} is no JSON")

    for name in (SCORES, SUMMARY):
        json.loads((run.path / name).read_text(), parse_constant=refuse)
    stored = {row["drift"]: row for row in run.read_json(SCORES)}
    assert None in stored["dpo"]["scores"]
    assert (stored["dpo"]["iqm"] is None) == (failed == "everything")
    print_scores(rows)
    print_scores(run.read_json(SCORES))
    if failed != "everything":
        assert main(["report", str(run.path)]) == 0
        for name in (REPORT, PAGE):
            assert "diverged" in run.path.joinpath(name).read_text()
    capsys.readouterr()
    assert main(["runs", "--runs", str(tmp_path), "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)
    assert listed["finished"]
    assert (listed["score"] is None) == (failed == "everything")


def test_a_benchmark_of_nothing_but_failures_has_a_report(tmp_path, curves):
    run, _ = write(tmp_path, {name: np.full_like(runs, np.nan) for name, runs in curves.items()})
    assert main(["report", str(run.path)]) == 0
    assert "diverged" in (run.path / PAGE).read_text()


def test_files_of_earlier_versions_with_bare_nan_are_read_as_null(tmp_path):
    run = Run.create(tmp_path, "bench", {})
    run.write_bytes(SCORES, b'[{"iqm": NaN, "scores": [-Infinity, 1.0]}]')
    assert run.read_json(SCORES) == [{"iqm": None, "scores": [None, 1.0]}]


def test_intervals_of_a_drift_do_not_depend_on_the_others(curves):
    verdicts = dict.fromkeys([*curves, "spo"], SILENT)

    def found(drifts):
        rows = rows_of(matrix({name: curves[name] for name in drifts}), "drifts", verdicts)
        return {row["drift"]: row for row in rows}

    few, many = found(["ppo", "dpo"]), found(["none", "dpo", "ppo"])
    for name in few:
        for key in ("iqm_low", "iqm_high", "comparison_with_ppo"):
            assert few[name][key] == many[name][key], (name, key)
    assert many["dpo"]["iqm_low"] < many["dpo"]["iqm"]


def test_comparisons_across_environments_do_not_depend_on_the_others(tmp_path, curves):
    def improvement(drifts):
        run, _ = write(tmp_path, {name: curves[name] for name in drifts})
        return {record["drift"]: record for record in run.read_json(SUMMARY)[0]["improvement"]}

    assert improvement(["ppo", "none", "dpo"])["dpo"] == improvement(["dpo", "ppo", "none"])["dpo"]
    curves["spo"] = curves["ppo"][::-1]
    assert improvement(["spo", "ppo", "none", "dpo"])["dpo"] == improvement(["ppo", "none", "dpo"])["dpo"]


def test_results_are_what_is_made_of_cells():
    results = (CURVES, DIAGNOSTICS, SUMMARY, SCORES, REPORT, PAGE, "figures/curves-CartPole-v1.png", "figures/a.pdf")
    assert all(map(is_result, results))
    assert not any(map(is_result, ("cells/0a.npz", "verdicts.json", "certificates/0a.json", "drift.npz")))
