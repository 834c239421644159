"""`verify`: verdicts with a hard time limit, from worker processes that are killed when it is reached.

Calls into sympy and flint cannot be interrupted, so each expression is decided in another process. Workers are plain
`python -m` processes that speak JSON lines over pipes, not `multiprocessing`: nothing is pickled, no `__main__` is
imported again (a script without a guard, a notebook and a script on standard input all work), and a worker that
crashes or runs out of memory costs one verdict.
"""

import contextlib
import itertools
import json
import os
import select
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from discovery.expression.node import Expr
from discovery.expression.printer import to_text
from discovery.expression.serialise import to_json
from discovery.proof.verdict import Decision, unknown_decision

MEMORY_BYTES = 4 * 2**30
START_SECONDS = 60.0
_ROOT = Path(__file__).resolve().parents[2]


class WorkerDiedError(RuntimeError):
    """The worker process ended without an answer."""


class Worker:
    """One worker process, restarted when it is needed again after a death."""

    def __init__(self, memory_bytes: int = MEMORY_BYTES) -> None:
        self._memory = memory_bytes
        self._process: subprocess.Popen[bytes] | None = None
        self._buffer = b""
        self._closed = False
        self._lock = threading.Lock()

    def start(self) -> None:
        """Start the process, if it is not running, and wait until it is ready."""
        if self._process is not None and self._process.poll() is None:
            return
        path = os.pathsep.join(part for part in (str(_ROOT), os.environ.get("PYTHONPATH", "")) if part)
        threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
        with self._lock:
            if self._closed:
                raise WorkerDiedError("the worker is closed")
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "discovery.proof.worker_main", str(self._memory)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={**os.environ, **threads, "PYTHONPATH": path},
                start_new_session=True,
            )
        self._buffer = b""
        self._line(START_SECONDS)

    def decide(self, expr: Expr, timeout: float) -> Decision:
        """The decision on `expr`, or unknown if it takes longer than `timeout` seconds or the worker dies."""
        text, start = to_text(expr), time.monotonic()
        try:
            self.start()
            start = time.monotonic()
            process = self._process
            assert process is not None
            assert process.stdin is not None
            process.stdin.write(json.dumps(to_json(expr)).encode() + b"\n")
            process.stdin.flush()
            return Decision.from_json(json.loads(self._line(timeout)))
        except TimeoutError:
            self._kill()
            return unknown_decision(text, f"The time limit of {timeout:g} s was reached.", time.monotonic() - start)
        except (WorkerDiedError, OSError, ValueError) as error:
            self._kill()
            reason = f"The worker process died ({error or type(error).__name__})."
            return unknown_decision(text, reason, time.monotonic() - start)

    def _line(self, timeout: float) -> bytes:
        process, deadline = self._process, time.monotonic() + timeout
        assert process is not None
        assert process.stdout is not None
        descriptor = process.stdout.fileno()
        while b"\n" not in self._buffer:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([descriptor], [], [], left)[0]:
                raise TimeoutError
            chunk = os.read(descriptor, 1 << 16)
            if not chunk:
                raise WorkerDiedError(f"exit status {process.wait()}")
            self._buffer += chunk
        line, _, self._buffer = self._buffer.partition(b"\n")
        return line

    def _kill(self) -> None:
        with self._lock:
            if self._process is not None:
                self._process.kill()
                self._process.wait()
                for pipe in (self._process.stdin, self._process.stdout):
                    if pipe is not None:
                        with contextlib.suppress(OSError):  # unsent bytes for a process that is gone
                            pipe.close()
                self._process = None

    def close(self) -> None:
        """End the process; the worker cannot be used again."""
        self._closed = True
        self._kill()


def verify(
    expressions: Iterable[Expr], *, timeout: float = 10.0, workers: int = 1, memory_bytes: int = MEMORY_BYTES
) -> Iterator[Decision]:
    """Decide each expression in a worker process, in input order.

    Args:
        expressions: canonical expressions, read lazily.
        timeout: hard limit for each expression in seconds; one that reaches it is unknown.
        workers: the number of processes.
        memory_bytes: address space of a worker; 0 for no limit.

    Raises:
        ValueError: timeout or workers is not positive.
    """
    if not timeout > 0:
        raise ValueError(f"timeout must be a positive number of seconds, not {timeout}")
    if workers < 1:
        raise ValueError(f"workers must be at least 1, not {workers}")
    return _verify(iter(expressions), timeout, workers, memory_bytes)


def _verify(expressions: Iterator[Expr], timeout: float, workers: int, memory_bytes: int) -> Iterator[Decision]:
    idle: deque[Worker] = deque(Worker(memory_bytes) for _ in range(workers))
    everyone = list(idle)

    def work(expr: Expr) -> Decision:
        worker = idle.popleft()  # as many workers as threads: never empty
        try:
            return worker.decide(expr, timeout)
        finally:
            idle.append(worker)

    pool = ThreadPoolExecutor(workers, thread_name_prefix="verify")
    pending: deque[Future[Decision]] = deque()
    try:
        for expr in itertools.islice(expressions, 2 * workers):
            pending.append(pool.submit(work, expr))
        while pending:
            decision = pending.popleft().result()
            for expr in itertools.islice(expressions, 1):
                pending.append(pool.submit(work, expr))
            yield decision
    finally:
        for future in pending:
            future.cancel()
        for worker in everyone:
            worker.close()
        pool.shutdown(wait=True)
