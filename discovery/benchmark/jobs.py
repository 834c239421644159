"""Jobs of a sweep: plain data that any process can run, and the programs that run them."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from importlib import metadata
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from discovery import __version__
from discovery.cache import keep_compiled_programs
from discovery.drifts.spec import DriftSpec
from discovery.drifts.stack import stack_drifts
from discovery.rl.config import PPOConfig
from discovery.rl.ppo import make_train
from discovery.rl.seeds import Stream, stream_keys
from discovery.rl.task import make_task

POINTS = 64  # of a diagnostic over a training run: as many as a figure shows


def diagnostic_points(config: PPOConfig) -> int:
    """Into how many stretches of updates diagnostics are averaged: one an update, at most `POINTS`."""
    return min(POINTS, config.num_updates)


@dataclass(frozen=True)
class Job:
    """Train agents with some of a sweep's drifts, one for each seed of a range. Plain data, so it can be sent.

    Attributes:
        env: the environment, as `make_task` knows it.
        config: the inner loop.
        drifts: all drifts of the sweep; one program serves them.
        trained: the indices of those to train. A single one is computed alone; several are mapped over.
        seed: base seed of the sweep.
        stream: what the randomness is for.
        first, last: the seed indices, [first, last).
        size: seeds that the program trains; what goes beyond `last` fills it up and is thrown away.
    """

    env: str
    config: PPOConfig
    drifts: tuple[DriftSpec, ...]
    trained: tuple[int, ...]
    seed: int
    stream: Stream
    first: int
    last: int
    size: int


class JobResult(NamedTuple):
    """What a job leaves behind.

    Attributes:
        curves: episode returns [trained, last - first, updates]; NaN from where a run diverged.
        diagnostics: metric -> [trained, last - first, points].
        seconds: of training, without compilation.
        env_steps: taken in those seconds, those of the filling included.
        versions: of what computed it, by package.
    """

    curves: NDArray[np.float32]
    diagnostics: dict[str, NDArray[np.float32]]
    seconds: float
    env_steps: int
    versions: dict[str, str]


def run_job(job: Job) -> JobResult:
    """Run a job in this process; a second job with the same program compiles nothing.

    Raises:
        ValueError: an environment that this process does not know, or a spec that is refused.
    """
    program, params = compiled_program(job.env, job.config, job.drifts, len(job.trained), job.size)
    keys = stream_keys(job.seed, job.stream, job.size, first=job.first)
    alone = len(job.trained) == 1
    index = jnp.asarray(job.trained[0] if alone else job.trained, jnp.int32)
    start = time.perf_counter()
    found = jax.tree.map(np.asarray, program(keys, index, params))
    seconds = time.perf_counter() - start
    curves, diagnostics = jax.tree.map(lambda x: (x[None] if alone else x)[:, : job.last - job.first], found)
    env_steps = len(job.trained) * job.size * job.config.env_steps
    return JobResult(curves, diagnostics, seconds, env_steps, own_versions())


def own_versions() -> dict[str, str]:
    """The versions on which results depend."""
    return {"drift-discovery": __version__, **{name: metadata.version(name) for name in ("jax", "jaxlib")}}


_compiling = threading.Lock()  # threads that want one program wait for it rather than compile it twice


def compiled_program(env: str, config: PPOConfig, drifts: tuple[DriftSpec, ...], trained: int, size: int) -> Any:
    """(program, parameters of all drifts): `program(keys [size], index, parameters) -> (curves, diagnostics)`.

    The index of a single drift is not mapped over, so that the choice among the drifts stays a real conditional, of
    which one branch is computed; that of several is, which computes all and selects.
    """
    with _compiling:
        return _program(env, config, drifts, trained, size)


@lru_cache(maxsize=8)
def _program(
    env: str, config: PPOConfig, drifts: tuple[DriftSpec, ...], trained: int, size: int
) -> tuple[Callable[..., Any], Any]:
    keep_compiled_programs()
    built = [spec.build() for spec in drifts]
    params = tuple(params for _, params in built)
    train = make_train(
        make_task(env), config, stack_drifts([drift for drift, _ in built]), diagnostics=diagnostic_points(config)
    )

    def one_drift(keys: jax.Array, index: jax.Array, params: Any) -> tuple[jax.Array, dict[str, jax.Array]]:
        found = jax.vmap(lambda key: train(key, {"index": index, "params": params}))(keys)
        return found.returns, found.diagnostics

    function = one_drift if trained == 1 else jax.vmap(one_drift, (None, 0, None))
    keys = stream_keys(0, Stream.BENCHMARK, size)
    index = jnp.zeros(() if trained == 1 else (trained,), jnp.int32)
    return jax.jit(function).lower(keys, index, params).compile(), params
