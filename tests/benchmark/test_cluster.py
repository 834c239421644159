"""A sweep on a real Dask scheduler with two worker processes, one of which is killed."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from discovery.benchmark.conditions import conditions
from discovery.benchmark.executors import ClusterError, in_process, on_cluster
from discovery.benchmark.store import Store
from discovery.benchmark.sweep import Request, run_sweep
from discovery.drifts.spec import formula_spec
from discovery.drifts.zoo import ZOO
from discovery.rl.config import PPOConfig
from discovery.runs import Run

distributed = pytest.importorskip("distributed")
ROOT = Path(__file__).parents[2]
CONFIG = PPOConfig(total_steps=20_480, num_envs=4, num_steps=64, update_epochs=2, num_minibatches=2, hidden=(8,))
DRIFTS = {name: formula_spec(ZOO[name].expr) for name in ("none", "ppo", "dpo", "spo")}
REQUEST = Request(conditions({"CartPole-v1": CONFIG}, {}), DRIFTS, seeds=64, seed=0)


def start(*args):
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen([sys.executable, "-m", *args], env=environment, stderr=subprocess.DEVNULL)


def address_in(file):
    """The address in a scheduler's file, once that is written to its end."""
    try:
        return json.loads(file.read_text())["address"]
    except (FileNotFoundError, json.JSONDecodeError):
        return None


@pytest.fixture
def cluster(tmp_path):
    """(address of a scheduler, a function that starts workers, the workers)."""
    file, workers = tmp_path / "scheduler.json", []
    plain = ("--no-dashboard", "--scheduler-file", str(file))
    scheduler = start("distributed.cli.dask_scheduler", *plain, "--host", "127.0.0.1", "--port", "0")
    while (address := address_in(file)) is None:
        assert scheduler.poll() is None
        time.sleep(0.05)

    def add_workers(count):
        command = ("distributed.cli.dask_worker", *plain, "--nthreads", "1", "--no-nanny")
        workers.extend(start(*command) for _ in range(count))

    try:
        yield address, add_workers, workers
    finally:
        for process in (*workers, scheduler):
            process.kill()
            process.wait()


@pytest.mark.slow
def test_a_killed_worker_loses_nothing_and_the_matrix_is_that_of_one_process(cluster, tmp_path):
    address, add_workers, workers = cluster
    with in_process(pytest.fail) as place:
        expected = run_sweep(REQUEST, Store(Run.create(tmp_path, "one", {}), pytest.fail), place)["CartPole-v1"]
    told = []
    with on_cluster(address, told.append):
        assert len(told) == 1
        assert "has no workers yet" in told[0]
    add_workers(2)
    with distributed.Client(address, set_as_default=False) as client:
        client.wait_for_workers(2, timeout=60)
    killed_at = []

    def kill_one(progress):
        if progress.done >= 3 and not killed_at:
            killed_at.append(progress.done)
            workers[0].send_signal(signal.SIGKILL)

    run = Run.create(tmp_path, "many", {})
    with on_cluster(address, pytest.fail) as place:
        found = run_sweep(REQUEST, Store(run, pytest.fail), place, progress=kill_one)["CartPole-v1"]
    assert killed_at[0] < 16
    assert workers[0].wait(10) == -signal.SIGKILL
    for name in DRIFTS:
        np.testing.assert_array_equal(found.curves[name], expected.curves[name])
        for metric, values in expected.diagnostics[name].items():
            np.testing.assert_array_equal(found.diagnostics[name][metric], values)
    assert len([name for name in run.artifacts if name.startswith("cells/")]) == 16


@pytest.mark.slow
def test_a_scheduler_that_dies_is_told_and_what_is_finished_stays(cluster, tmp_path):
    address, add_workers, _ = cluster
    add_workers(1)
    run = Run.create(tmp_path, "many", {})

    killed = []

    def kill(progress):
        if progress.done and not killed:
            killed.append(True)
            with distributed.Client(address, set_as_default=False) as client:
                client.shutdown()

    with pytest.raises(ClusterError, match="lost"), on_cluster(address, lambda text: None) as place:
        run_sweep(REQUEST, Store(run, pytest.fail), place, progress=kill)
    assert any(name.startswith("cells/") for name in run.artifacts)


def test_a_scheduler_that_is_not_there_is_told_in_one_line(monkeypatch):
    monkeypatch.setattr("discovery.benchmark.executors._REACH_SECONDS", 1)
    start = time.monotonic()
    with (
        pytest.raises(ClusterError, match=r"--scheduler tcp://127.0.0.1:1: no Dask scheduler answers there"),
        on_cluster("tcp://127.0.0.1:1", pytest.fail),
    ):
        pytest.fail("reached")
    assert time.monotonic() - start < 30


@pytest.mark.parametrize("address", ["", "nonsense://x", "127.0.0.1:port"])
def test_an_address_that_is_none_is_told(monkeypatch, address):
    monkeypatch.setattr("discovery.benchmark.executors._REACH_SECONDS", 1)
    with pytest.raises(ClusterError, match="--scheduler"), on_cluster(address, pytest.fail):
        pytest.fail("reached")


def test_without_distributed_the_extra_is_named(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ClusterError, match=r"drift-discovery\[cluster\]"), on_cluster("tcp://x:1", pytest.fail):
        pytest.fail("reached")
