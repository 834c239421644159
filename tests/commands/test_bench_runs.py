"""The run directory of drift bench while and after it is gone on with; training is left to a stand-in."""

import json
import threading

import numpy as np
import pytest

from discovery import provenance
from discovery.benchmark.scores import ScoreMatrix
from discovery.cli import main
from discovery.commands import bench
from discovery.runs import CURVES, DIAGNOSTICS, PAGE, REPORT, SCORES, SUMMARY, Run, in_work

RESULTS = (SCORES, SUMMARY, CURVES, DIAGNOSTICS, REPORT, PAGE, "figures/scores.png")
SMALL = ("--preset", "smoke", "--drifts", "none,ppo", "--seeds", 4)
RATES = ("--sweep", "learning_rate=0.01,0.001")


class StoppedError(Exception):
    """The stand-in for training does not go on."""


@pytest.fixture
def training(monkeypatch):
    """How many conditions are finished before training stops; None: all."""
    budget = {"conditions": None}

    def measure(run, experiment, compared, drifts, place, progress, *, finished, **options):
        matrices = {}
        for number, (label, condition) in enumerate(compared.items()):
            if number == budget["conditions"]:
                raise StoppedError
            rng = np.random.default_rng(number)
            shape = (experiment.bench.seeds, condition.config.num_updates)
            curves = {name: rng.normal(level, 1, shape) for level, name in enumerate(drifts)}
            diagnostics = {name: {"entropy": np.ones(shape)} for name in drifts}
            matrices[label] = ScoreMatrix(label, condition, experiment.bench.metric, curves, diagnostics, 1.0)
            finished(matrices[label])
        return matrices

    monkeypatch.setattr(bench, "measure", measure)
    return budget


def done(tmp_path, *args):
    assert main(["bench", *map(str, (*SMALL, *args)), "--runs", str(tmp_path), "--json"]) == 0
    return next(tmp_path.iterdir())


def resume(path, *args):
    return main(["bench", "--resume", str(path), *map(str, args), "--json"])


def finished(path, capsys):
    capsys.readouterr()
    assert main(["runs", "--runs", str(path.parent), "--json"]) == 0
    return json.loads(capsys.readouterr().out)["finished"]


def test_results_of_another_request_are_gone_before_anything_is_trained(tmp_path, training, capsys):
    path = done(tmp_path)
    for name in (REPORT, PAGE, "figures/scores.png"):
        Run.open(path).write_bytes(name, b"")
    assert finished(path, capsys)
    training["conditions"] = 0
    with pytest.raises(StoppedError):
        resume(path)  # the same request: they hold
    assert set(RESULTS) <= set(Run.open(path).artifacts)
    with pytest.raises(StoppedError):
        resume(path, "--drifts", "none,ppo,dpo")
    assert not set(RESULTS) & set(Run.open(path).artifacts)
    assert not any((path / name).exists() for name in RESULTS)
    assert not finished(path, capsys)


def test_a_sweep_is_finished_when_all_its_conditions_are_there(tmp_path, training, capsys):
    path = done(tmp_path)
    training["conditions"] = 1
    with pytest.raises(StoppedError):
        resume(path, *RATES)
    assert {row["condition"] for row in Run.open(path).read_json(SCORES)} == {"CartPole-v1[learning_rate=0.01]"}
    assert not finished(path, capsys)
    training["conditions"] = None
    assert resume(path) == 0
    assert finished(path, capsys)


def test_other_versions_are_told_in_a_line_and_noted(tmp_path, training, monkeypatch, capsys):
    path = done(tmp_path)
    capsys.readouterr()
    assert resume(path) == 0
    assert "other versions" not in capsys.readouterr().err
    monkeypatch.setattr(provenance, "git_revision", lambda: "abc")
    before = Run.open(path).manifest
    monkeypatch.setattr(provenance, "package_versions", lambda: {**before["versions"], "jax": "9.9"})
    assert resume(path) == 0
    told = f"revision {before['git']}, now abc; jax {before['versions']['jax']}, now 9.9"
    (line,) = [line for line in capsys.readouterr().err.splitlines() if "other versions" in line]
    assert line.endswith(told)
    assert "; ".join(Run.open(path).manifest["resumed"][-1]["changes"]) == told


def test_an_error_is_not_hidden_by_results_that_cannot_be_written(tmp_path, training, monkeypatch, capsys):
    def full(*args):
        raise OSError("no space left")

    monkeypatch.setattr("discovery.benchmark.results.write_results", full)
    training["conditions"] = 0
    with pytest.raises(StoppedError):
        main(["bench", *map(str, SMALL), "--runs", str(tmp_path)])
    errors = capsys.readouterr().err
    assert f"Go on with: drift bench --resume {next(tmp_path.iterdir())}" in errors
    assert "the results so far were not written: no space left" in errors


def test_references_of_the_end_against_means_of_curves_are_told(tmp_path, training, capsys):
    done(tmp_path / "auc", "--bench.normalise", "references")
    assert capsys.readouterr().err.count("--bench.metric final compares like with like") == 1
    done(tmp_path / "final", "--bench.normalise", "references", "--bench.metric", "final")
    assert "like with like" not in capsys.readouterr().err


def test_a_run_in_work_is_reported_on_but_not_deleted_or_worked_on(tmp_path, training, monkeypatch, capsys):
    """And neither of the writers loses what the other has recorded."""
    path = done(tmp_path)
    measure, seen = bench.measure, []

    def meanwhile(run, *args, **options):
        assert main(["report", str(path)]) == 0
        for command in (["runs", "--runs", str(tmp_path), "--yes", "--delete", str(path)],
                        ["bench", "--resume", str(path)]):  # fmt: skip
            capsys.readouterr()
            seen.append((main(command), capsys.readouterr().err))
        return measure(run, *args, **options)

    monkeypatch.setattr(bench, "measure", meanwhile)
    assert resume(path, "--drifts", "none,ppo,dpo") == 0
    for code, errors in seen:
        assert code == 2
        assert f"{path} is in work" in errors
    assert {SCORES, REPORT, PAGE} <= set(Run.open(path).artifacts)
    with in_work(path):  # let go of at the end
        pass


def test_writers_of_one_run_lose_nothing(tmp_path):
    path = Run.create(tmp_path, "bench", {}).path

    def write(who):
        run = Run.open(path)
        for number in range(20):
            run.write_text(f"{who}-{number}.txt", "x")
            run.replace_text(f"report-{who}.md", str(number))
            if number % 2:
                run.remove(f"{who}-{number}.txt")

    threads = [threading.Thread(target=write, args=(who,)) for who in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    expected = {f"{who}-{number}.txt" for who in "ab" for number in range(0, 20, 2)} | {"report-a.md", "report-b.md"}
    run = Run.open(path)
    assert set(run.artifacts) == expected
    assert all(run.read_bytes(name) for name in expected)
