"""Where the population runs: all devices of all processes, and as many members at a time as their memory holds."""

import hashlib
import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import psutil
from jax.experimental import multihost_utils
from jax.sharding import AxisType, Mesh, NamedSharding, PartitionSpec

AXIS = "population"
_USABLE = 0.7  # of the memory that is free; the rest is for programs, fragments and what else runs on the machine
_GIB = 2**30


def device_mesh() -> Mesh:
    """A line of all devices, of every process if several run together."""
    return jax.make_mesh((jax.device_count(),), (AXIS,), axis_types=(AxisType.Auto,))


def spread(one: Callable, mesh: Mesh, chunk: int) -> Callable:
    """`one(x, shared)` for every x of `[N, ...]`: the rows dealt out to the devices, `chunk` of them at a time on each.

    Rows that do not fill the last chunk are filled up with copies whose results are dropped. On several devices the
    results may differ in the last digits from those of one, for XLA compiles other shapes.

    Args:
        one: of one row and of what all rows share; gives an array or a pytree.
        mesh: of `device_mesh`.
        chunk: rows at a time, at least 1.

    Returns:
        `mapped(rows, shared) -> [N, ...]`, to be called under jit.
    """

    def local(rows: jax.Array, shared: object) -> object:
        if rows.shape[0] <= chunk:
            return jax.vmap(one, (0, None))(rows, shared)
        return jax.lax.map(lambda row: one(row, shared), rows, batch_size=chunk)

    rows_spec, all_of_it = PartitionSpec(AXIS), PartitionSpec()
    sharded = jax.shard_map(local, mesh=mesh, in_specs=(rows_spec, all_of_it), out_specs=rows_spec, check_vma=False)

    def mapped(rows: jax.Array, shared: object) -> object:
        count = rows.shape[0]
        filled = jnp.arange(_filled(count, mesh.size, chunk)) % count
        return jax.tree.map(lambda found: found[:count], sharded(rows[filled], shared))

    return mapped


def replicated(tree: Any, mesh: Mesh) -> Any:
    """The same arrays on all devices of all processes; every process must call this with the same values.

    Not `device_put`: it compares the values between processes and takes no NaN for equal.
    """
    sharding = NamedSharding(mesh, PartitionSpec())

    def place(leaf: jax.typing.ArrayLike) -> jax.Array:
        values = np.asarray(leaf)
        return jax.make_array_from_callback(values.shape, sharding, lambda index: values[index])

    return jax.tree.map(place, tree)


def even_chunk(rows: int, devices: int, limit: int) -> int:
    """The smallest chunk that takes as many turns as chunks of `limit` rows would: no turn is nearly empty."""
    share = math.ceil(rows / devices)
    return math.ceil(share / math.ceil(share / max(1, limit)))


def _filled(rows: int, devices: int, chunk: int) -> int:
    share = math.ceil(rows / devices)
    return devices * (share if share <= chunk else chunk * math.ceil(share / chunk))


def budget_bytes(memory_gib: float) -> int:
    """Bytes that a program may use on each device: `memory_gib`, or most of what is free if that is 0.

    A GPU tells its own limit. The devices of a CPU share the memory of the machine, or of its container.
    """
    if memory_gib > 0:
        return int(memory_gib * _GIB)
    found = jax.local_devices()[0].memory_stats()
    if found and "bytes_limit" in found:
        return int(_USABLE * (found["bytes_limit"] - found.get("bytes_in_use", 0)))
    return int(_USABLE * min(psutil.virtual_memory().available, _container_bytes()) / jax.local_device_count())


def _container_bytes() -> float:
    """What a Linux control group leaves to this process; infinite outside of one."""
    try:
        limit = Path("/sys/fs/cgroup/memory.max").read_text().strip()
        used = Path("/sys/fs/cgroup/memory.current").read_text().strip()
    except OSError:
        return math.inf
    return math.inf if limit == "max" else float(limit) - float(used)


def program_bytes(compiled: jax.stages.Compiled) -> int:
    """Bytes that a compiled program needs on each device, as its compiler counts them; 0 where it does not say."""
    analysis = compiled.memory_analysis()
    if analysis is None:
        return 0
    return analysis.temp_size_in_bytes + analysis.output_size_in_bytes + analysis.argument_size_in_bytes


def agree(fingerprint: str) -> None:
    """Wait for all processes, and make sure that they are about to do the same.

    Raises:
        ValueError: this process has another fingerprint than the first.
    """
    own = np.frombuffer(hashlib.sha256(fingerprint.encode()).digest(), np.uint8)
    if not np.array_equal(own, multihost_utils.broadcast_one_to_all(own)):
        raise ValueError(
            f"--distributed: process {jax.process_index()} has other settings, or another checkpoint to go on from, "
            "than process 0; give all of them the same flags and a run directory that all see"
        )


def start_distributed(coordinator: str | None, num_processes: int | None, process_id: int | None) -> None:
    """Join the processes of one run, before anything is computed.

    What is not given is found in the environment: JAX knows SLURM, Open MPI and the clouds' TPUs.

    Raises:
        ValueError: the coordinator is not to be found, or not to be reached.
    """
    if coordinator is not None and not re.fullmatch(r"[^\s:]+:\d+", coordinator):
        raise ValueError(f"--coordinator must be HOST:PORT; got {coordinator!r}")
    given = {"coordinator_address": coordinator, "num_processes": num_processes, "process_id": process_id}
    try:
        jax.distributed.initialize(**given)
    except (RuntimeError, ValueError) as error:
        reason = str(error).splitlines()[0]
        raise ValueError(
            f"--distributed: the processes could not be joined ({reason}); give --coordinator HOST:PORT, "
            "--num-processes and --process-id, or start under SLURM or Open MPI"
        ) from None
