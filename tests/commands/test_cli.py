"""The command line as scripts and people use it: exit codes, one-line errors, JSON on stdout and nothing else."""

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from discovery import cli
from discovery.cli import COMMANDS
from discovery.drifts.zoo import ZOO
from discovery.runs import Run
from discovery.settings import JOBS_THREAD

ROOT = Path(__file__).parents[2]


def drift(*args, stdin=None, cwd=None, timeout=200):
    """Run `drift ARGS` in a process of its own."""
    command = [sys.executable, str(ROOT / "cli.py"), *map(str, args)]
    return subprocess.run(command, input=stdin, cwd=cwd, capture_output=True, text=True, timeout=timeout)


def records(result):
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_help_names_every_command():
    result = drift("--help")
    assert result.returncode == 0
    assert all(f"drift {name}" in result.stdout for name in COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(command):
    result = drift(command, "--help")
    assert result.returncode == 0
    assert "--json" in result.stdout


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["verfy"], "unknown command 'verfy'; did you mean verify?"),
        (["train", "--preset", "quik"], "unknown preset 'quik'; did you mean quick?"),
        (["train", "--task", "Pendulm-v1"], "unknown environment 'Pendulm-v1': did you mean Pendulum-v1?"),
        (["train", "--ppo.learning-rat", "1"], "unknown flag '--ppo.learning-rat'; did you mean --ppo.learning-rate?"),
        (["train", "--train.population", "7"], "--train.population must be an even number"),
        (["train", "--ppo.total-steps", "many"], "Error parsing --ppo.total-steps"),
        (["train", "--resume", "nowhere"], "no such run directory: nowhere"),
        (["bench", "--drifts", "ppp"], "unknown drift 'ppp'; did you mean ppo?"),
        (["bench", "--drifts", "ppo,trpo"], "drift 'trpo' is not in the zoo: its constraint is a neighbourhood"),
        (["distil", "--drift", "v-mpo"], "drift 'v-mpo' is not in the zoo"),
        (["bench", "--drifts", "ppo,ppo"], "names 'ppo' twice"),
        (["bench", "--drifts", "expr:r +"], "ends too early"),
        (["bench", "--envs", "Cartpole"], "unknown environment 'Cartpole'"),
        (["bench", "--seeds", "1"], "at least 2"),
        (["distil"], "give one of RUN, --samples FILE, --drift DRIFT"),
        (["distil", "--drift", "dp0"], "unknown drift 'dp0'; did you mean dpo?"),
        (["distil", "--samples", "none.csv"], "no such file: none.csv"),
        (["distil", "--drift", "dpo", "--distil.grammar", "lp"], "unknown grammar 'lp'"),
        (["verify"], "nothing to verify"),
        (["verify", "r +"], "column 4: the expression ends too early"),
        (["verify", "__import__('os').system('x')"], "column 12"),
        (["verify", "(" * 10_000 + "r"], "at most 10000"),
        (["verify", "1/0"], "division by zero"),
        (["verify", "0.1.2"], "column 4"),
        (["verify", "B*r"], "unknown symbol 'B'"),
        (
            ["verify", "dpo"],
            "'dpo' is a drift of the zoo, no formula: drift zoo verifies it; its formula is where(A >= 0",
        ),
        (["verify", "expr:PPO-rollback"], "is a drift of the zoo, no formula"),
        (["verify", "--file", "none.txt"], "cannot read none.txt"),
        (["verify", "--timeout", "0", "r"], "positive number of seconds"),
        (["report", "nowhere"], "no such run directory"),
        (["runs", "--rns", "x"], "unknown flag '--rns'; did you mean --runs?"),
    ],
)
def test_a_mistake_is_one_line_and_exit_code_2(args, message, tmp_path):
    result = drift(*args, cwd=tmp_path)
    assert result.returncode == 2
    assert message in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1
    assert "Traceback" not in result.stderr
    assert result.stdout == ""
    assert list(tmp_path.iterdir()) == []  # nothing was made


@pytest.mark.parametrize(
    ("formulas", "code"),
    [(["(r-1)**2*abs(A)"], 0), (["(r-1)**2*abs(A)", "abs(r-1)"], 1), (["-log(r)"], 1)],
)
def test_verify_json(formulas, code):
    result = drift("verify", "--json", *formulas)
    assert result.returncode == code
    found = records(result)
    assert len(found) == len(formulas)
    for record in found:
        assert set(record) >= {
            "expression", "verdict", "conditions", "counterexample", "gauge", "seconds", "certificate",
        }  # fmt: skip
        assert set(record["conditions"]) == {"defined", "zero", "flat", "nonnegative"}
        assert all(set(c) == {"verdict", "method", "reason"} for c in record["conditions"].values())


def test_verify_reads_files_and_objectives():
    lines = "# two drifts\n(r - 1)**2\n\nA*(r - 1)**2  # of either sign\n"
    result = drift("verify", "--json", "--file", "-", stdin=lines)
    assert [record["verdict"] for record in records(result)] == ["proved", "refuted"]
    # PPO's surrogate as the paper writes it; the clipped one without the minimum is no drift
    good, bad = "min(r*A, clip(r, 0.8, 1.2)*A)", "clip(r, 0.8, 1.2)*A"
    result = drift("verify", "--json", "--objective", good, "--objective", bad)
    assert [record["verdict"] for record in records(result)] == ["proved", "refuted"]


def test_verify_gives_up_at_its_time_limit():
    slow = "log(1 + exp(sinh(A*(r - 1))) + r**A) - tanh(log(r)*A**3)/(1 + cosh(A*log(r)**3))"
    result = drift("verify", "--json", "--timeout", "0.01", slow, "(r - 1)**2")
    first, second = records(result)
    assert first["verdict"] in ("unknown", "refuted")
    assert second["expression"] == "(r - 1)**2"  # the next one is still served


def test_zoo_json():
    verdicts = {record["name"]: record["verdict"] for record in records(drift("zoo", "--json"))}
    assert {name for name, verdict in verdicts.items() if verdict == "refuted"} == {
        "dual_clip", "clip_without_min", "p3o_scopic", "sapo", "cispo", "log_surrogate", "total_variation", "abs_log",
        "k1", "k1_reverse",
    }  # fmt: skip
    assert "unknown" not in verdicts.values()


def test_zoo_and_verify_fit_100_columns_when_piped():
    table = drift("zoo").stdout
    assert max(map(len, table.splitlines())) <= 100
    assert all(name in table for name in ZOO)
    assert "f + 1*(r - 1)" in table  # the gauge of -log r
    shown = drift("verify", ZOO["dual_clip"].text, ZOO["k1"].text).stdout
    assert max(map(len, shown.splitlines())) <= 100
    assert "gauge: f + 1*(r - 1) is a valid drift" in shown
    assert shown.count("counterexample to nonnegative: r =") == 2
    wrapped = drift("verify", "--repair", ZOO["sapo"].text, ZOO["p3o_scopic"].text).stdout  # longer than a line
    assert wrapped.count("repair:") == 2
    lines = "\n".join((table, shown, wrapped)).splitlines()
    assert not [line for line in lines if line.endswith(" ")]


@pytest.fixture(scope="module")
def discovered(tmp_path_factory):
    """One smoke run of the whole loop."""
    runs = tmp_path_factory.mktemp("discovered")
    result = drift("discover", "--preset", "smoke", "--runs", runs, "--json", timeout=400)
    assert result.returncode == 0, result.stderr
    return result, Run.open(next(runs.iterdir()))


@pytest.mark.timeout(420)
def test_discover_does_every_stage_for_real(discovered):
    result, run = discovered
    rows = records(result)
    assert [row["drift"] for row in rows][:4] == ["none", "ppo", "dpo", "network"]
    assert len({tuple(row["scores"]) for row in rows}) == len(rows)
    assert all(len(row["scores"]) == 4 and row["iqm_low"] <= row["iqm"] <= row["iqm_high"] for row in rows)
    for name in ("drift.npz", "history.json", "table.npz", "front.json", "verdicts.json", "scores.json", "curves.npz"):
        assert run.read_bytes(name)  # each passes its hash
    assert any(verdict["verdict"] == "proved" for verdict in run.read_json("verdicts.json"))
    report = run.read_bytes("report.md").decode()
    for figure in ("slopes.png", "pareto.png", "metatrain.png", "curves-CartPole-v1.png"):
        assert f"figures/{figure}" in report
        assert run.read_bytes(f"figures/{figure}").startswith(b"\x89PNG")


@pytest.mark.timeout(420)
def test_stages_run_alone_from_an_earlier_run(discovered, tmp_path):
    _, run = discovered
    found = records(
        drift("distil", run.path, "--runs", tmp_path, "--json", "--distil.max-cost", 4, "--distil.finalists", 6)
    )
    assert all(set(r) >= {"expression", "complexity", "nmse", "heldout_nmse", "verdict", "ties"} for r in found)
    settings = ["--preset", "smoke", "--seeds", 2, "--runs", tmp_path, "--json"]
    rows = records(drift("bench", "--drifts", f"none,ppo,{run.path},expr:(r-1)**2", *settings))
    assert [row["drift"] for row in rows] == ["none", "ppo", str(run.path), "expr:(r-1)**2"]
    assert len({row["mean"] for row in rows}) > 1
    assert len(records(drift("runs", "--runs", tmp_path, "--json"))) == 2


@pytest.mark.timeout(420)
def test_a_damaged_artifact_is_named(discovered, tmp_path):
    _, run = discovered
    copy = tmp_path / "copy"
    shutil.copytree(run.path, copy)
    (copy / "drift.npz").write_bytes(b"not what it was")
    for command in (["distil", copy], ["report", copy], ["bench", "--drifts", copy]):
        result = drift(*command, cwd=tmp_path)
        assert result.returncode == 2
        assert "drift.npz was altered" in result.stderr
        assert run.manifest["artifacts"]["drift.npz"][:12] in result.stderr


@pytest.mark.timeout(420)
def test_an_interrupted_or_killed_training_resumes_to_the_same_files(tmp_path):
    """Ctrl-C first, kill -9 while that is gone on with, then to the end: checkpoints and drift bit by bit."""
    settings = ["--preset", "smoke", "--train.generations", 40, "--train.checkpoint-every", 3]
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    assert drift("train", *settings, "--runs", whole).returncode == 0
    errors = stopped_after(5, signal.SIGINT, "train", *settings, "--runs", broken, expected=130)
    assert "--resume" in errors
    run = next(broken.iterdir())
    stopped_after(6, signal.SIGKILL, "train", "--resume", run, expected=-signal.SIGKILL)
    resumed = drift("train", "--resume", run)
    assert resumed.returncode == 0, resumed.stderr
    assert "going on after generation" in resumed.stderr
    expected, actual = (Run.open(path).manifest["artifacts"] for path in (next(whole.iterdir()), run))
    compared = [name for name in expected if name.endswith(".npz")]
    assert compared == ["checkpoint-00033.npz", "checkpoint-00036.npz", "checkpoint-00039.npz", "drift.npz"]
    assert [actual[name] for name in compared] == [expected[name] for name in compared]
    rows = (run / "metrics.csv").read_text().splitlines()
    assert [row.split(",")[0] for row in rows] == ["generation", *map(str, range(41))]
    changed = drift("train", "--resume", run, "--train.sigma", 0.5, "--ppo.gamma", 0.5)
    assert changed.returncode == 2
    assert "--ppo.gamma is 0.95 in the run, not 0.5; --train.sigma is 0.1 in the run, not 0.5" in changed.stderr
    other = drift("train", "--resume", run, "--preset", "cartpole")
    assert other.returncode == 2
    assert "--train.generations is 40 in the run" not in other.stderr
    assert "--train.population is 8 in the run, not 32" in other.stderr


def stopped_after(lines, how, *args, expected):
    """What stderr says of a command that gets a signal after its first lines of JSON."""
    process = subprocess.Popen(
        [sys.executable, str(ROOT / "cli.py"), *map(str, args), "--json"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    for _ in range(lines):
        process.stdout.readline()
    process.send_signal(how)
    _, errors = process.communicate(timeout=120)
    assert process.returncode == expected, errors
    return errors


def test_a_place_that_cannot_be_written_is_told_first(tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("")
    start = time.monotonic()
    result = drift("discover", "--preset", "smoke", "--runs", blocked / "runs")
    assert result.returncode == 2
    assert "cannot write to the runs directory" in result.stderr
    assert time.monotonic() - start < 60  # before training, not after


def test_the_end_waits_for_a_thread_that_has_nothing_left_to_do(monkeypatch):
    """What is registered for the end, such as the flush of a log, is then run."""

    def main():
        threading.Thread(target=time.sleep, args=(0.2,), name=JOBS_THREAD, daemon=True).start()
        return 0

    monkeypatch.setattr(cli, "main", main)
    monkeypatch.setattr(os, "_exit", lambda code: pytest.fail("the interpreter's own end was left out"))
    with pytest.raises(SystemExit, match="0"):
        cli.entry()


def test_the_end_does_not_wait_for_training_that_was_interrupted(monkeypatch):
    training, codes = threading.Event(), []

    def main():
        threading.Thread(target=training.wait, name=JOBS_THREAD, daemon=True).start()
        return 130

    monkeypatch.setattr(cli, "main", main)
    monkeypatch.setattr(os, "_exit", codes.append)
    try:
        with pytest.raises(SystemExit):  # the stand-in for _exit comes back
            cli.entry()
    finally:
        training.set()
    assert codes == [130]
