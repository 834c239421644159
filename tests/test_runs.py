"""Run directories: written once, hashed, and refused when damaged."""

import json
import math
import os

import numpy as np
import pytest

from discovery.cli import main
from discovery.runs import MANIFEST, Run, RunError, list_runs


@pytest.fixture
def run(tmp_path):
    return Run.create(tmp_path / "runs", "test", {"seed": 3})


def test_artifacts_come_back_as_written(run):
    run.write_json("front.json", {"a": [1, 2.5]})
    run.write_arrays("table.npz", {"x": np.arange(3), "y": np.ones((2, 2), np.float32)})
    again = Run.open(run.path)
    assert again.read_json("front.json") == {"a": [1, 2.5]}
    assert again.read_arrays("table.npz")["y"].dtype == np.float32
    assert again.artifacts == ["front.json", "table.npz"]
    assert again.manifest["config"] == {"seed": 3}
    assert [found.path for found in list_runs(run.path.parent)[0]] == [run.path]


def test_artifacts_are_written_once(run):
    run.write_text("a.txt", "one")
    with pytest.raises(RunError, match="written once"):
        run.write_text("a.txt", "two")
    assert run.read_bytes("a.txt") == b"one"
    run.replace_text("a.txt", "three")  # only derived artifacts may be replaced
    assert Run.open(run.path).read_bytes("a.txt") == b"three"


@pytest.mark.parametrize("damage", ["altered", "truncated", "missing"])
def test_a_damaged_artifact_is_named_with_its_hash(run, damage):
    path = run.write_text("front.json", "[1, 2, 3]")
    recorded = run.manifest["artifacts"]["front.json"]
    if damage == "altered":
        path.write_text("[1, 2, 4]")
    elif damage == "truncated":
        path.write_text("[1,")
    else:
        path.unlink()
    with pytest.raises(RunError, match="front.json.*" + recorded[:12]):
        Run.open(run.path).read_json("front.json")


def test_a_missing_stage_is_named(run):
    run.write_text("drift.npz", "x")
    with pytest.raises(RunError, match=r"no front.json \(it holds: drift.npz\)"):
        run.read_json("front.json")


def test_certificates_are_counted_not_listed(run, monkeypatch, capsys):
    run.write_text("front.json", "[]")
    for name in "abc":
        run.write_text(f"certificates/{name}.json", "{}")
    assert run.holdings == "front.json, certificates (3)"
    with pytest.raises(RunError, match=r"\(it holds: front.json, certificates \(3\)\)"):
        run.read_json("scores.json")
    monkeypatch.setenv("COLUMNS", "200")
    assert main(["runs", "--runs", str(run.path.parent)]) == 0
    shown = capsys.readouterr().out
    assert "(3)" in shown
    assert "certificates/" not in shown


def test_damaged_and_foreign_directories(run, tmp_path):
    with pytest.raises(RunError, match="no such run directory"):
        Run.open(tmp_path / "nowhere")
    with pytest.raises(RunError, match="not a run directory"):
        Run.open(tmp_path)
    (run.path / MANIFEST).write_text("{")
    with pytest.raises(RunError, match="damaged"):
        Run.open(run.path)
    assert len(list_runs(run.path.parent)[1]) == 1
    (run.path / MANIFEST).write_text(json.dumps({"artifacts": {}, "config": [1]}))
    with pytest.raises(RunError, match="no settings"):
        Run.open(run.path)
    (run.path / MANIFEST).write_text(json.dumps({"artifacts": 3}))
    with pytest.raises(RunError, match="damaged"):
        Run.open(run.path)


def test_a_place_that_cannot_be_written_is_told_before_anything_runs(tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("not a directory")
    with pytest.raises(RunError, match=r"cannot write to the runs directory.*--runs"):
        Run.create(blocked / "runs", "test", {})


def test_a_full_disk_is_told_before_anything_runs(tmp_path, monkeypatch):
    usage = os.statvfs(tmp_path)
    monkeypatch.setattr(
        "shutil.disk_usage", lambda path: type("Usage", (), {"free": 1 << 20, "total": usage.f_blocks})()
    )
    with pytest.raises(RunError, match="1 MiB left"):
        Run.create(tmp_path, "test", {})
    assert list_runs(tmp_path) == ([], [])


def test_numbers_that_are_not_finite_are_null(run):
    found = {"scores": [1.0, math.nan, -math.inf], "of": ({"iqm": math.inf},)}
    text = run.write_json("scores.json", found).read_text()
    assert json.loads(text, parse_constant=pytest.fail) == {"scores": [1.0, None, None], "of": [{"iqm": None}]}
    assert run.read_json("scores.json") == json.loads(text)
