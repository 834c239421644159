"""Worker processes: an expression is decided in a process that is killed when its time limit is reached.

Calls into sympy and flint cannot be interrupted, so each expression is decided in another process. Workers are plain
`python -m` processes that speak JSON lines over pipes, not `multiprocessing`: nothing is pickled, no `__main__` is
imported again (a script without a guard, a notebook and a script on standard input all work), and a worker that
crashes or runs out of memory costs one verdict. A worker whose parent is gone ends by itself: when its standard input
ends, or at the time limit of what it is doing.
"""

import atexit
import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace as replaced
from pathlib import Path
from typing import Any

from discovery.expression.node import Expr
from discovery.expression.printer import to_text
from discovery.expression.serialise import to_json
from discovery.proof.lemmas import LemmaCache
from discovery.proof.verdict import Decision, unknown_decision
from discovery.proof.worker_main import MAX_ANSWER_BYTES

MEMORY_BYTES = 4 * 2**30
START_SECONDS = 60.0
WORKER_MAIN = ("-m", "discovery.proof.worker_main")
_ROOT = Path(__file__).resolve().parents[2]


class WorkerDiedError(RuntimeError):
    """The worker process ended without an answer."""


class Worker:
    """One worker process, restarted when it is needed again after a death. One thread at a time uses it."""

    def __init__(self, memory_bytes: int = MEMORY_BYTES, program: Sequence[str] = WORKER_MAIN) -> None:
        self._memory = memory_bytes
        self._program = program
        self._process: subprocess.Popen[bytes] | None = None
        self._buffer = bytearray()
        self._closed = False
        self._lock = threading.Lock()
        self.known: set[str] = set()  # the claims of the lemmas that the process has

    def start(self) -> None:
        """Start the process, if it is not running, and wait until it is ready."""
        if self._process is not None and self._process.poll() is None:
            return
        self._end()
        path = os.pathsep.join(part for part in (str(_ROOT), os.environ.get("PYTHONPATH", "")) if part)
        threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
        with self._lock:
            if self._closed:
                raise WorkerDiedError("the worker is closed")
            self._process = subprocess.Popen(
                [sys.executable, "-P", *self._program, str(self._memory)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                bufsize=0,
                env={**os.environ, **threads, "PYTHONPATH": path},
                start_new_session=True,
            )
        assert self._process.stdin is not None
        os.set_blocking(self._process.stdin.fileno(), False)
        try:
            self._line(time.monotonic() + START_SECONDS)
        except TimeoutError:
            raise WorkerDiedError(f"it was not ready after {START_SECONDS:g} s") from None

    def decide(self, expr: Expr, timeout: float) -> Decision:
        """The decision on `expr`, or unknown if it takes longer than `timeout` seconds or the worker dies."""
        return decision_of(self.answer(request_for(expr, timeout)))

    def answer(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """The answer of the process to what `request_for` makes, within request["seconds"]; never raises."""
        timeout, start = float(request["seconds"]), time.monotonic()
        try:
            self.start()
            start = time.monotonic()
            self._send(json.dumps(request).encode() + b"\n", start + timeout)
            answer = json.loads(self._line(start + timeout))
            self.known.update(request["lemmas"], answer["lemmas"])
            answer["decision"]["expression"] = request["text"]  # where the worker could not read it, too
            if answer["retire"]:
                self._end()
            return answer
        except TimeoutError:
            reason = f"The time limit of {request['limit']:g} s was reached."
        except WorkerDiedError as error:
            reason = f"The worker process died ({error})."
        except Exception as error:  # a pipe that broke, an answer that cannot be read
            reason = f"The worker process died ({type(error).__name__}: {str(error)[:200]})."
        self._end()
        return failure(request["text"], reason, time.monotonic() - start)

    def _send(self, data: bytes, deadline: float) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        descriptor, rest = self._process.stdin.fileno(), memoryview(data)
        while rest:
            if not select.select([], [descriptor], [], max(0.0, deadline - time.monotonic()))[1]:
                raise TimeoutError
            rest = rest[os.write(descriptor, rest[: 1 << 16]) :]

    def _line(self, deadline: float) -> bytes:
        process = self._process
        assert process is not None
        assert process.stdout is not None
        descriptor, seen = process.stdout.fileno(), 0
        while (end := self._buffer.find(b"\n", seen)) < 0:
            seen = len(self._buffer)
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([descriptor], [], [], left)[0]:
                raise TimeoutError
            chunk = os.read(descriptor, 1 << 20)
            if not chunk:
                status = process.wait()
                if status == -signal.SIGALRM:  # its own alarm, where this process was late
                    raise TimeoutError
                raise WorkerDiedError(f"exit status {status}")
            self._buffer += chunk
            if len(self._buffer) > 2 * MAX_ANSWER_BYTES:
                raise WorkerDiedError("its answer does not end")
        line = bytes(self._buffer[:end])
        del self._buffer[: end + 1]
        return line

    def _end(self) -> None:
        """Kill the process and forget it; only for the thread that uses the worker."""
        with self._lock:
            process, self._process = self._process, None
        self._buffer.clear()
        self.known.clear()
        if process is not None:
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    with contextlib.suppress(OSError):
                        pipe.close()

    def kill(self) -> None:
        """Kill the process, from any thread: the one that waits for an answer gets unknown. It is not restarted."""
        with self._lock:
            self._closed = True
            if self._process is not None:
                self._process.kill()

    def close(self) -> None:
        """End the process; the worker cannot be used again."""
        self.kill()
        self._end()


class WorkerPool:
    """Workers for as many threads as ask, each process kept for the next request, and the lemmas that they share."""

    def __init__(self, memory_bytes: int = MEMORY_BYTES, program: Sequence[str] = WORKER_MAIN) -> None:
        self.lemmas = LemmaCache()
        self._make = lambda: Worker(memory_bytes, program)
        self._idle: list[Worker] = []
        self._busy: set[Worker] = set()
        self._closed = False
        self._lock = threading.Lock()

    def answer(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """The answer of a worker to `request`; never raises."""
        with self._lock:
            if self._closed:
                return failure(request["text"], "The workers are closed.")
            self.lemmas.update(request["lemmas"])
            worker = self._idle.pop() if self._idle else self._make()
            self._busy.add(worker)
            packet = self.lemmas.unknown_to(worker.known)
        answer = worker.answer({**request, "lemmas": packet})
        with self._lock:
            self.lemmas.update(answer["lemmas"])
            self._busy.discard(worker)
            if not self._closed:
                self._idle.append(worker)
                return answer
        worker.close()
        return answer

    def close_idle(self) -> None:
        """End the processes that do nothing; the pool can be used on."""
        with self._lock:
            idle, self._idle = self._idle, []
        for worker in idle:
            worker.close()

    def close(self) -> None:
        """Kill all processes; requests that are being served are answered with unknown."""
        with self._lock:
            self._closed = True
            busy = list(self._busy)
        for worker in busy:
            worker.kill()
        self.close_idle()


_pools: dict[int, WorkerPool] = {}  # by memory_bytes: the workers of this process, for jobs that an executor brings
_pools_lock = threading.Lock()
os.register_at_fork(after_in_child=_pools.clear)  # a worker has one parent


def run_job(request: dict[str, Any], memory_bytes: int) -> dict[str, Any]:
    """Answer `request` in a worker process of this machine: a job for any executor, JSON in and out."""
    with _pools_lock:
        if not _pools:
            atexit.register(close_idle_workers)
        pool = _pools.setdefault(memory_bytes, WorkerPool(memory_bytes))
    return pool.answer(request)


def close_idle_workers() -> None:
    """End the worker processes that `run_job` has left in this process."""
    for pool in list(_pools.values()):
        pool.close_idle()


def request_for(
    expr: Expr, seconds: float, *, effort: float | None = None, lemmas: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """A request to decide the canonical `expr` within `seconds`; messages name "limit".

    Raises:
        ValueError, RecursionError: the expression has no text (a constant of too many digits, nested too deeply).
    """
    return {
        "text": to_text(expr),
        "expression": to_json(expr),
        "effort": effort,
        "seconds": seconds,
        "limit": seconds,
        "lemmas": dict(lemmas or {}),
    }


def decision_of(answer: Mapping[str, Any]) -> Decision:
    """The decision that an answer carries, with its evidence."""
    return replaced(Decision.from_json(answer["decision"]), evidence=answer["evidence"])


def failure(text: str, reason: str, seconds: float = 0.0) -> dict[str, Any]:
    """The answer where no worker gave one."""
    decision = unknown_decision(text, reason, seconds).to_json()
    return {"decision": decision, "evidence": None, "lemmas": {}, "failed": True, "retire": False}
