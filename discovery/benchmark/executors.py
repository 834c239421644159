"""Where jobs run: a thread of this process, or the workers of a Dask cluster."""

import asyncio
import importlib.util
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, CancelledError, Executor, Future, wait
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from queue import SimpleQueue
from threading import Thread
from typing import Any

import jax

from discovery.benchmark.jobs import Job, JobResult, own_versions, run_job
from discovery.settings import JOBS_THREAD

MOST_THREADS = 8  # each holds the environments of a whole chunk of seeds in memory
_REACH_SECONDS = 8


class ClusterError(ValueError):
    """The cluster cannot do the work; the message says what to do."""


@dataclass(frozen=True)
class Workplace:
    """An executor, and how to use it.

    Attributes:
        executor: runs the jobs.
        in_flight: how many jobs it is given at a time, which may change as a cluster grows.
        together: whether all drifts of a sweep are trained in one job, as suits an accelerator.
        problem: is told in a sentence of what the user should know, such as other versions.
    """

    executor: Executor
    in_flight: Callable[[], int]
    together: bool
    problem: Callable[[str], None]


class ThreadExecutor(Executor):
    """Threads that an interrupt need not wait for: see `discovery.cli.entry`."""

    def __init__(self, threads: int) -> None:
        self._threads = threads
        self._calls: SimpleQueue[tuple[Future[Any], Callable[[], Any]] | None] = SimpleQueue()
        for _ in range(threads):
            Thread(target=self._work, name=JOBS_THREAD, daemon=True).start()

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """The future of fn(*args, **kwargs), after the calls before it."""
        future: Future[Any] = Future()
        self._calls.put((future, lambda: fn(*args, **kwargs)))
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Let the threads end after the calls that they were given; nothing is waited for."""
        for _ in range(self._threads):
            self._calls.put(None)

    def _work(self) -> None:
        while (item := self._calls.get()) is not None:
            future, call = item
            if not future.set_running_or_notify_cancel():
                continue
            try:
                future.set_result(call())
            except BaseException as error:
                future.set_exception(error)


@contextmanager
def in_process(problem: Callable[[str], None]) -> Iterator[Workplace]:
    """Jobs in this process: on a CPU one for each core, for XLA leaves about half of two cores idle on small networks.

    One more waits, so that none is waited for.
    """
    alone = platform() == "cpu"
    threads = min(os.cpu_count() or 1, MOST_THREADS) if alone else 1
    with ThreadExecutor(threads) as executor:
        yield Workplace(executor, in_flight=lambda: threads + 1, together=not alone, problem=problem)


@contextmanager
def on_cluster(address: str, problem: Callable[[str], None]) -> Iterator[Workplace]:
    """Jobs on a running Dask cluster, at most two for each thread of its workers in flight.

    A job whose worker is lost is given to another by the scheduler.

    Args:
        address: of the scheduler, as in tcp://HOST:8786.
        problem: is told of missing workers and of other versions.

    Raises:
        ClusterError: distributed is not installed, nobody answers at the address, or a worker lacks this package.
    """
    if importlib.util.find_spec("distributed") is None:
        raise ClusterError("--scheduler needs distributed: pip install 'drift-discovery[cluster]'")
    import distributed

    try:  # a client that has not got through would hold up the end of the process
        asyncio.run(_reach(address))
    except (OSError, ValueError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise ClusterError(f"--scheduler {address}: no Dask scheduler answers there ({reason})") from None
    client: Any = distributed.Client(address, timeout=_REACH_SECONDS, set_as_default=False)
    with client:
        try:
            platforms = set(client.run(platform).values())
        except ImportError as error:
            raise ClusterError(
                f"--scheduler {address}: a worker lacks what jobs need ({error}); install drift-discovery "
                f"{own_versions()['drift-discovery']} where the workers run"
            ) from None
        if not platforms:
            problem(f"the cluster at {address} has no workers yet; waiting for the first (dask worker {address})")

        def in_flight() -> int:
            workers = client.scheduler_info(n_workers=-1)["workers"].values()
            return max(2 * sum(worker["nthreads"] for worker in workers), 4)

        together = bool(platforms) and "cpu" not in platforms
        yield Workplace(client.get_executor(pure=False), in_flight, together, problem)


async def _reach(address: str) -> None:
    """Connect to a scheduler and leave it again."""
    from distributed.comm.core import connect

    await (await connect(address, timeout=_REACH_SECONDS)).close()


def platform() -> str:
    """What a process computes on: "cpu", "gpu", ..."""
    return jax.default_backend()


def run_jobs(
    jobs: Sequence[Job], place: Workplace, working: Callable[[Sequence[Job]], None]
) -> Iterator[tuple[Job, JobResult]]:
    """Jobs and their results as they are finished.

    Args:
        jobs: in the order in which they are begun.
        place: where they run.
        working: called with the jobs in flight, oldest first, whenever they have changed.

    Raises:
        ClusterError: the cluster has lost jobs for good.
    """
    waiting, running = iter(jobs), {}
    told = {tuple(own_versions().items())}
    try:
        while True:
            for job in islice(waiting, max(place.in_flight() - len(running), 0)):
                running[place.executor.submit(run_job, job)] = job
            working(list(running.values()))
            if not running:
                return
            done, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in sorted(done, key=_failed):  # what is finished is kept, whatever else went wrong
                result = _result(future)
                if (versions := tuple(result.versions.items())) not in told:
                    told.add(versions)
                    theirs = ", ".join(f"{name} {version}" for name, version in versions)
                    ours = ", ".join(f"{name} {version}" for name, version in own_versions().items())
                    place.problem(f"a worker has {theirs}, this process {ours}: results may differ")
                yield running.pop(future), result
    finally:
        for future in running:
            future.cancel()


def _failed(future: Future[JobResult]) -> bool:
    return future.cancelled() or future.exception() is not None


def _result(future: Future[JobResult]) -> JobResult:
    try:
        return future.result()
    except CancelledError:
        raise ClusterError("the cluster has lost its jobs: is the scheduler still running?") from None
    except Exception as error:
        if type(error).__name__ == "KilledWorker":
            raise ClusterError(f"a job was given up after several workers died of it: {error}") from None
        raise
