"""Environment steps a second of a sweep, with its diagnostics and its store, against the bare PPO loop.

Both train the same seeds with ppo's drift, in one process, round about. The sweep's program serves all drifts of the
suite's example; the bare loop is `make_train` compiled for ppo alone. Times are wall times and, because other work on
the machine disturbs those, CPU times of the process.
"""

import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from itertools import count
from pathlib import Path

import jax
import numpy as np
from rich.table import Table

from discovery.benchmark.conditions import conditions
from discovery.benchmark.executors import in_process
from discovery.benchmark.store import Store
from discovery.benchmark.suites import suite_settings
from discovery.benchmark.sweep import CHUNK, Request, run_sweep
from discovery.drifts.spec import formula_spec
from discovery.drifts.zoo import ZOO
from discovery.report.terminal import console
from discovery.rl.config import PPOConfig
from discovery.rl.ppo import make_train
from discovery.rl.seeds import Stream, stream_keys
from discovery.rl.task import make_task
from discovery.runs import Run

DRIFTS = ("none", "ppo", "dpo", "spo", "kl_forward")
SEEDS, STEPS, ROUNDS = CHUNK, 10_240, 5


def main() -> None:
    """Print the table of steps a second."""
    table = Table(title=f"a sweep of {len(DRIFTS)} drifts x {SEEDS} seeds against the bare loop (asked: at least 0.95)")
    for column in ("task", "bare, steps/s", "sweep, steps/s", "ratio of CPU times", "quartiles", "ratio of wall times"):
        table.add_column(column)
    for env, config in suite_settings("quick").items():
        table.add_row(env, *_compared(env, replace(config, total_steps=max(STEPS, config.batch_size))))
        console().print(table)  # a row at a time: it takes minutes


def _compared(env: str, config: PPOConfig) -> list[str]:
    with tempfile.TemporaryDirectory() as folder:
        loops = {"bare": _bare(env, config), "sweep": _sweep(env, config, Path(folder))}
        share = {"bare": 1, "sweep": len(DRIFTS)}  # of the trainings that a call does
        for loop in loops.values():
            loop()  # compile
        wall: dict[str, list[float]] = {name: [] for name in loops}
        cpu: dict[str, list[float]] = {name: [] for name in loops}
        for turn in range(ROUNDS):
            for name in list(loops)[:: 1 if turn % 2 else -1]:
                start = time.perf_counter(), time.process_time()
                loops[name]()
                wall[name].append((time.perf_counter() - start[0]) / share[name])
                cpu[name].append((time.process_time() - start[1]) / share[name])
    low, middle, high = np.quantile(np.divide(cpu["bare"], cpu["sweep"]), [0.25, 0.5, 0.75])
    speeds = [f"{SEEDS * config.env_steps / np.median(wall[name]):,.0f}" for name in loops]
    of_walls = np.median(np.divide(wall["bare"], wall["sweep"]))
    return [*speeds, f"{middle:.2f}", f"{low:.2f} to {high:.2f}", f"{of_walls:.2f}"]


def _bare(env: str, config: PPOConfig) -> Callable[[], object]:
    drift, params = formula_spec(ZOO["ppo"].expr).build()
    train = make_train(make_task(env), config, drift)
    compiled = jax.jit(jax.vmap(lambda key: train(key, params).returns))
    keys = stream_keys(0, Stream.BENCHMARK, SEEDS).reshape(-1, CHUNK)
    return lambda: [np.asarray(compiled(chunk)) for chunk in keys]


def _sweep(env: str, config: PPOConfig, folder: Path) -> Callable[[], object]:
    """A sweep into a store of its own at every call, so that nothing is there yet."""
    drifts = {name: formula_spec(ZOO[name].expr) for name in DRIFTS}
    request, runs = Request(conditions({env: config}, {}), drifts, seeds=SEEDS, seed=0), count()

    def call() -> object:
        store = Store(Run.create(folder / str(next(runs)), "bench", {}), print)
        with in_process(print) as place:
            return run_sweep(request, store, place)

    return call


if __name__ == "__main__":
    main()
