"""Checkpoints in a run directory: resuming bit by bit, damage, retention, and training into a directory, on the toy."""

import json
from dataclasses import replace

import jax
import numpy as np
import pytest

from discovery import checkpoints, training
from discovery.checkpoints import Checkpoint, checkpoint_names, newest_checkpoint, save_checkpoint
from discovery.experiment import Experiment
from discovery.metatrain.loop import AllDivergedError, init_state
from discovery.metatrain.programs import InnerLoop
from discovery.runs import DRIFT, HISTORY, Run
from tests.metatrain.toy import CONFIG, LOOPS, PPO, patch, toy_task

EXPERIMENT = Experiment(task=("near",), train=replace(CONFIG, generations=7, checkpoint_every=2, keep_checkpoints=2))


@pytest.fixture(autouse=True)
def toy(monkeypatch):
    patch(monkeypatch)
    monkeypatch.setattr(training, "inner_loops", lambda experiment: LOOPS)


class Killed(BaseException):
    """As good as kill -9: nothing catches it."""


def trained(root, *, stop_after=None, run=None):
    """A run trained to its end, or to the moment after the record of a generation was told."""
    run = run or Run.create(root, "toy", EXPERIMENT.to_json())
    told, problems = [], []

    def watch(record):
        told.append(record["generation"])
        if record["generation"] == stop_after:
            raise Killed

    start = training.resume_point(run, EXPERIMENT, problems.append)
    try:
        training.train_into(run, EXPERIMENT, start, watch)
    except Killed:
        assert stop_after is not None
    return Run.open(run.path), told, problems


@pytest.mark.parametrize("stop_after", [0, 1, 3, 4, 6, 7])
def test_a_killed_run_resumes_to_the_same_files_bit_by_bit(tmp_path, stop_after):
    whole, told, _ = trained(tmp_path / "whole")
    assert told == list(range(8))
    assert checkpoint_names(whole) == ["checkpoint-00004.npz", "checkpoint-00006.npz"]
    killed, _, _ = trained(tmp_path / "killed", stop_after=stop_after)
    resumed, told, _ = trained(None, run=killed)
    known = stop_after - 1 - (stop_after - 1) % 2 if stop_after else 0  # the last even generation before it
    assert told == list(range(known + 1 if known else 0, 8))
    for name in (*checkpoint_names(whole), DRIFT):
        assert resumed.manifest["artifacts"][name] == whole.manifest["artifacts"][name], name
    histories = [[r["held_out"] for r in run.read_json(HISTORY)] for run in (whole, resumed)]
    assert histories[0] == histories[1]


@pytest.mark.parametrize("damage", ["cut", "altered", "missing", "history"])
def test_a_damaged_checkpoint_is_told_and_the_one_before_it_used(tmp_path, damage):
    whole, _, _ = trained(tmp_path / "whole")
    killed, _, _ = trained(tmp_path / "killed", stop_after=7)
    newest = killed.path / "checkpoint-00006.npz"
    data = newest.read_bytes()
    if damage == "cut":
        newest.write_bytes(data[: len(data) // 2])
    elif damage == "altered":
        newest.write_bytes(data[:50] + b"x" + data[51:])
    elif damage == "missing":
        newest.unlink()
    else:
        (killed.path / "history-00006.json").write_text("[]")
    resumed, told, problems = trained(None, run=killed)
    assert told == [5, 6, 7]
    assert len(problems) == 2
    assert "checkpoint-00006.npz cannot be used" in problems[0]
    assert newest.with_name("checkpoint-00006.npz.damaged").exists() or damage == "missing"
    assert "going on after generation 4" in problems[1]
    for name in (*checkpoint_names(whole), DRIFT):
        assert resumed.manifest["artifacts"][name] == whole.manifest["artifacts"][name], name


def test_without_a_sound_checkpoint_training_begins_anew(tmp_path):
    killed, _, _ = trained(tmp_path, stop_after=5)
    for name in checkpoint_names(killed):
        (killed.path / name).write_bytes(b"")
    resumed, told, problems = trained(None, run=killed)
    assert told == list(range(8))
    assert len(problems) == 2
    assert DRIFT in resumed


def test_a_checkpoint_tells_its_settings_versions_and_layout(tmp_path):
    run, _, _ = trained(tmp_path)
    about = json.loads(str(run.read_arrays("checkpoint-00006.npz")["about"]))
    assert Experiment.from_json(about["config"]) == EXPERIMENT
    assert about["versions"]["jax"] == jax.__version__
    assert (about["layout"]["devices"], about["chunk"]) == (jax.device_count(), 6)


def test_retention_keeps_the_newest(tmp_path):
    run = Run.create(tmp_path, "toy", EXPERIMENT.to_json())
    state = init_state(CONFIG, 1)
    for generation in range(1, 6):
        save_checkpoint(run, Checkpoint(state, [{"generation": generation}], 6), keep=2)
    kept = ["checkpoint-00004.npz", "checkpoint-00005.npz"]
    assert checkpoint_names(Run.open(run.path)) == kept
    assert sorted(path.name for path in run.path.glob("checkpoint*")) == kept
    assert len(list(run.path.glob("history*"))) == 2
    assert not list(run.path.glob("*.damaged"))


def test_a_checkpoint_of_other_settings_is_refused_by_name(tmp_path):
    run = Run.create(tmp_path, "toy", EXPERIMENT.to_json())
    save_checkpoint(run, Checkpoint(init_state(CONFIG, 1), [{"generation": 1}], 6), keep=2)
    other = init_state(replace(CONFIG, width=9), 1)
    with pytest.raises(ValueError, match=r"not a checkpoint of these settings: search\.\w+ is float32"):
        newest_checkpoint(run, other, lambda text: None)


def test_another_number_of_devices_is_told(tmp_path, monkeypatch):
    killed, _, _ = trained(tmp_path, stop_after=5)
    monkeypatch.setattr(checkpoints.jax, "device_count", lambda: 8)
    problems = []
    start = training.resume_point(killed, EXPERIMENT, problems.append)
    assert "on devices 1 and goes on with 8: it will agree up to rounding only" in problems[0]
    assert start.chunk is None


def test_a_run_killed_between_its_last_two_files_can_be_finished(tmp_path, monkeypatch):
    whole, _, _ = trained(tmp_path / "whole")

    def killed(self, name, arrays):
        if name == DRIFT:
            raise Killed
        return written(self, name, arrays)

    written = Run.write_arrays
    run = Run.create(tmp_path, "toy", EXPERIMENT.to_json())
    monkeypatch.setattr(Run, "write_arrays", killed)
    with pytest.raises(Killed):
        training.train_into(run, EXPERIMENT, None, lambda record: None)
    assert HISTORY in Run.open(run.path)
    monkeypatch.setattr(Run, "write_arrays", written)
    resumed, _, _ = trained(None, run=Run.open(run.path))
    assert resumed.manifest["artifacts"][DRIFT] == whole.manifest["artifacts"][DRIFT]


def test_a_full_disk_under_the_metrics_keeps_the_last_generation(tmp_path):
    def watch(record):
        if record["generation"] == 3:
            raise OSError("No space left on device")

    run = Run.create(tmp_path, "toy", EXPERIMENT.to_json())
    with pytest.raises(OSError, match="No space"):
        training.train_into(run, EXPERIMENT, None, watch)
    assert checkpoint_names(run) == ["checkpoint-00002.npz", "checkpoint-00003.npz"]


def test_a_generation_of_nan_keeps_what_was_found(tmp_path, monkeypatch):
    monkeypatch.setattr(training, "inner_loops", lambda experiment: [InnerLoop(toy_task("broken"), PPO)])
    run = Run.create(tmp_path, "toy", EXPERIMENT.to_json())
    with pytest.raises(AllDivergedError, match="generation 1"):
        training.train_into(run, EXPERIMENT, None, lambda record: None)
    assert checkpoint_names(run) == ["checkpoint-00000.npz"]
    assert np.isfinite(run.read_arrays("checkpoint-00000.npz")["best_mean"]).all()
