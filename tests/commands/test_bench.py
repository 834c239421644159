"""drift bench as people use it: killed, gone on with, widened, misused."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from discovery.cli import main
from discovery.commands.scoring import labelled
from discovery.runs import CURVES, DIAGNOSTICS, SCORES, Run
from tests.commands.stand_in import pretend_training
from tests.commands.test_cli import drift, records

ROOT = Path(__file__).parents[2]
SWEEP = ["--preset", "smoke", "--drifts", "none,ppo,dpo", "--seeds", 96, "--ppo.total-steps", 4_096]
CELLS = 3 * 96 // 16


@pytest.fixture(autouse=True)
def quick_compilation(monkeypatch):
    """Of the processes that are started."""
    monkeypatch.setenv("XLA_FLAGS", "--xla_backend_optimization_level=0")


def cells(run):
    return sorted(name for name in Run.open(run).artifacts if name.startswith("cells/"))


def stopped_at(count, how, folder, *args):
    """(return code, stderr) of a sweep that gets a signal when its manifest has `count` cells."""
    process = subprocess.Popen(
        [sys.executable, str(ROOT / "cli.py"), "bench", *map(str, args)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    while sum(len(cells(manifest.parent)) for manifest in folder.glob("*/manifest.json")) < count:
        assert process.poll() is None, process.communicate()
        time.sleep(0.02)
    process.send_signal(how)
    _, errors = process.communicate(timeout=60)
    return process.returncode, errors


@pytest.mark.timeout(400)
def test_a_killed_and_interrupted_sweep_ends_as_the_whole_one(tmp_path):
    """Ctrl-C, then kill -9, then to the end: every array is that of the uninterrupted run, bit by bit."""
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    rows = records(drift("bench", *SWEEP, "--runs", whole, "--json"))
    code, errors = stopped_at(1, signal.SIGINT, broken, *SWEEP, "--runs", broken)
    run = next(broken.iterdir())
    assert code == 130, errors
    assert f"Go on with: drift bench --resume {run}" in errors
    assert "Traceback" not in errors
    finished = cells(run)
    assert len(finished) < CELLS - 2
    code, _ = stopped_at(len(finished) + 1, signal.SIGKILL, broken, "--resume", run)
    assert code == -signal.SIGKILL
    kept = {name: (run / name).stat().st_mtime_ns for name in cells(run)}
    assert len(finished) < len(kept) < CELLS
    again = records(drift("bench", "--resume", run, "--json"))
    assert {name: (run / name).stat().st_mtime_ns for name in kept} == kept  # none was computed again
    expected, actual = Run.open(next(whole.iterdir())), Run.open(run)
    assert cells(expected.path) == cells(actual.path)
    for name in (*cells(run), CURVES, DIAGNOSTICS):
        one, other = expected.read_arrays(name), actual.read_arrays(name)
        assert set(one) == set(other)
        for key in set(one) - {"seconds"}:
            np.testing.assert_array_equal(one[key], other[key], err_msg=f"{name} {key}")
    timed = "env_steps_per_second"
    assert [{**row, timed: 0} for row in again] == [{**row, timed: 0} for row in rows]
    assert actual.read_json(SCORES) == again
    assert len(actual.manifest["resumed"]) == 2


def test_a_sweep_is_widened_and_its_request_replaced(tmp_path, monkeypatch, capsys):
    ran = pretend_training(monkeypatch)

    def bench(*args):
        assert main(["bench", *map(str, args), "--json"]) == 0
        return [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    settings = ["--preset", "smoke", "--ppo.total-steps", 1024]
    first = bench(*settings, "--drifts", "none,ppo", "--seeds", 2, "--runs", tmp_path)
    run = next(tmp_path.iterdir())
    before = cells(run)
    assert len(ran) == len(before) == 2
    rows = bench("--resume", run, "--drifts", "none,ppo,expr:(r-1)**2*abs(A)", "--sweep", "learning_rate=0.01,0.001")
    assert [row["condition"] for row in rows[::3]] == [
        "CartPole-v1[learning_rate=0.01]", "CartPole-v1[learning_rate=0.001]",
    ]  # fmt: skip
    assert rows[3]["settings"] == {"learning_rate": 0.001}
    assert len(ran) == len(cells(run)) == 6  # the preset's own rate is 0.01: its two cells are used
    assert set(before) <= set(cells(run))
    assert [row["scores"] for row in rows[:2]] == [row["scores"] for row in first]
    config = Run.open(run).manifest["config"]
    assert config["drifts"] == ["none", "ppo", "expr:(r-1)**2*abs(A)"]
    assert config["sweep"] == {"learning_rate": [0.01, 0.001]}
    assert config["conditions"]["CartPole-v1[learning_rate=0.001]"]["settings"]["learning_rate"] == 0.001
    same = bench("--resume", run)  # without flags: the request of the manifest, and nothing is trained
    assert [row["scores"] for row in same] == [row["scores"] for row in rows]
    assert len(ran) == len(cells(run)) == 6


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (
            ["--drifts", "ppo,expr:relu((r - clip(r, 0.8, 1.2))*A)"],
            "names one drift twice, as 'ppo' and as 'expr:relu(",
        ),
        (["--drifts", "ppo,expr:gamma*r"], "unknown symbol 'gamma'"),
        (["--sweep", "learning_rat=1"], "no number setting 'learning_rat'; did you mean learning_rate?"),
        (["--sweep", "gamma=0.9,2"], "--sweep gamma=2.0 on"),
        (["--envs", "CartPole-v1,CartPole-v1"], "names 'CartPole-v1' twice"),
        (["--resume", "nowhere"], "no such run directory: nowhere"),
        (["--scheduler", "nonsense://x"], "--scheduler nonsense://x: no Dask scheduler answers there"),
    ],
)
def test_a_mistake_is_one_line_and_nothing_is_made(args, message, tmp_path):
    result = drift("bench", *args, cwd=tmp_path)
    assert result.returncode == 2
    assert message in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1
    assert list(tmp_path.iterdir()) == []


def test_a_run_of_another_command_and_a_preset_are_refused(tmp_path):
    other = Run.create(tmp_path, "quick", {"task": "CartPole-v1"})
    refused = drift("bench", "--resume", other.path)
    assert refused.returncode == 2
    assert "goes on with runs of bench only" in refused.stderr
    bench = Run.create(
        tmp_path, "bench", {"drifts": ["ppo"], "envs": ["CartPole-v1"], "suite": None, "sweep": {}, "conditions": {}}
    )
    refused = drift("bench", "--resume", bench.path, "--preset", "smoke")
    assert refused.returncode == 2
    assert "--preset does not go with it" in refused.stderr


def test_networks_are_called_as_their_runs_where_there_are_several(tmp_path):
    runs = []
    for seed in (0, 1):
        run = Run.create(tmp_path, "train", {"train": {"width": 2}})
        rng = np.random.default_rng(seed)
        run.write_arrays("drift.npz", {"w1": rng.normal(size=(8, 2)).astype("f4"), "w2": np.ones(2, "f4")})
        runs.append(run.path)
    assert list(labelled(["ppo", str(runs[0])])) == ["ppo", str(runs[0])]
    assert list(labelled(["ppo", *map(str, runs)])) == ["ppo", *(run.name for run in runs)]
    with pytest.raises(ValueError, match="names one drift twice"):
        labelled([str(runs[0]), os.path.relpath(runs[0])])


def test_diverged_runs_are_shown_as_such(capsys):
    from discovery.report.terminal import print_scores

    row = {
        "env": "CartPole-v1", "condition": "CartPole-v1", "drift": "x", "iqm": 1.0, "iqm_low": 0.0, "iqm_high": 2.0,
        "mean": 1.0, "probability_of_improvement_over_ppo": None, "comparison_with_ppo": None,
        "env_steps_per_second": 1.0, "scores": [1.0] * 4,
    }  # fmt: skip
    print_scores([row | {"failures": 0}])
    assert "diverged" not in capsys.readouterr().out
    print_scores([row | {"failures": 1}])
    shown = capsys.readouterr().out
    assert "diverged" in shown
    assert "1 of 4" in shown
