"""The population on several devices and in several processes agrees with one device up to rounding."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from discovery.metatrain.checkpoint import state_to_arrays
from discovery.metatrain.devices import budget_bytes, device_mesh, even_chunk, program_bytes, spread, start_distributed
from tests.metatrain.toy import toy_reports

ROOT = Path(__file__).parents[2]
SCRIPT = Path(__file__).with_name("layout.py")


def start(out, *joined, devices):
    flags = f"--xla_force_host_platform_device_count={devices} --xla_backend_optimization_level=0"
    env = {**os.environ, "XLA_FLAGS": flags, "PYTHONPATH": str(ROOT), "JAX_PLATFORMS": "cpu"}
    command = [sys.executable, str(SCRIPT), str(out), *map(str, joined)]
    return subprocess.Popen(command, env=env, stderr=subprocess.PIPE, text=True)


def finished(process):
    _, errors = process.communicate(timeout=200)
    assert process.returncode == 0, errors
    return process


def assert_agrees_with_one_device(monkeypatch, found, *, devices):
    expected = state_to_arrays(toy_reports(monkeypatch)[-1].state)
    with np.load(found) as arrays:
        assert arrays["devices"] == devices
        for name, array in expected.items():
            np.testing.assert_allclose(arrays[name], array, rtol=2e-4, atol=1e-6, err_msg=name)


def test_four_devices(monkeypatch, tmp_path):
    """Six members on four devices: two of the eight places are filled up with copies."""
    finished(start(tmp_path / "four", devices=4))
    assert_agrees_with_one_device(monkeypatch, tmp_path / "four.0.npz", devices=4)


def test_two_processes_on_loopback(monkeypatch, tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    pair = [start(tmp_path / "two", address, 2, index, devices=2) for index in (0, 1)]
    try:
        for process in pair:
            finished(process)
    finally:
        for process in pair:
            process.kill()
    for index in (0, 1):
        assert_agrees_with_one_device(monkeypatch, tmp_path / f"two.{index}.npz", devices=4)


def test_a_coordinator_that_cannot_be_found_is_told_in_one_line():
    with pytest.raises(ValueError, match="--distributed: the processes could not be joined") as caught:
        start_distributed(None, None, None)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("rows", "chunk"), [(1, 1), (5, 1), (5, 2), (5, 5), (6, 4)])
def test_spread_is_vmap(rows, chunk):
    x = jnp.arange(rows * 3.0).reshape(rows, 3)
    mapped = jax.jit(spread(lambda row, shared: {"sum": row.sum() + shared, "row": row}, device_mesh(), chunk))
    found = mapped(x, jnp.float32(7))
    np.testing.assert_array_equal(found["sum"], x.sum(axis=1) + 7)
    np.testing.assert_array_equal(found["row"], x)


@pytest.mark.parametrize(
    ("rows", "devices", "limit", "chunk"),
    [(32, 1, 100, 32), (32, 1, 31, 16), (33, 1, 16, 11), (6, 4, 100, 2), (64, 8, 3, 3), (5, 8, 1, 1), (7, 1, 0, 1)],
)
def test_chunks_are_even_and_within_the_limit(rows, devices, limit, chunk):
    assert even_chunk(rows, devices, limit) == chunk


def test_the_budget_is_what_was_given_or_less_than_what_is_free():
    assert budget_bytes(1.5) == 1.5 * 2**30
    assert 0 < budget_bytes(0) < 2**44


def test_the_compiler_counts_memory_in_proportion_to_the_chunk():
    def needs(chunk):
        mapped = spread(lambda row, shared: jnp.sort(row @ shared).sum(), device_mesh(), chunk)
        return program_bytes(jax.jit(mapped).lower(jnp.ones((64, 256)), jnp.ones((256, 256))).compile())

    base, small, large = (needs(chunk) for chunk in (1, 16, 64))
    assert base < small < large
