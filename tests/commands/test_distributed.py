"""`drift train --distributed` for real: two processes on loopback train one population."""

import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from discovery.runs import Run

ROOT = Path(__file__).parents[2]
pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]
SMALL = ("--preset", "smoke", "--train.generations", 2, "--train.evaluate-seeds", 2, "--train.evaluate-every", 0)


def two(*args):
    """(exit code, stderr) of both processes."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    joined = ("--distributed", "--coordinator", address, "--num-processes", 2, "--process-id")
    pair = [
        subprocess.Popen(
            [sys.executable, str(ROOT / "cli.py"), "train", *map(str, (*args, *joined, index))],
            stderr=subprocess.PIPE, text=True,
        )
        for index in (0, 1)
    ]  # fmt: skip
    try:
        errors = [process.communicate(timeout=600)[1] for process in pair]
    finally:
        for process in pair:
            process.kill()
    return [(process.returncode, text) for process, text in zip(pair, errors, strict=True)]


def test_two_processes_train_one_drift_into_one_directory(tmp_path):
    for code, errors in two(*SMALL, "--runs", tmp_path / "two"):
        assert code == 0, errors
    (folder,) = (tmp_path / "two").iterdir()
    alone = [sys.executable, str(ROOT / "cli.py"), "train", *map(str, SMALL), "--runs", str(tmp_path / "one")]
    subprocess.run(alone, check=True, timeout=600)
    (single,) = (tmp_path / "one").iterdir()
    found, expected = (Run.open(path).read_arrays("drift.npz") for path in (folder, single))
    for name in expected:
        np.testing.assert_allclose(found[name], expected[name], rtol=1e-3, atol=1e-5, err_msg=name)
    for code, errors in two("--resume", folder):
        assert code == 2
        assert "is finished" in errors
        assert "Traceback" not in errors
