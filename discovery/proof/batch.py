"""`verify`: many formulas, each with a hard time limit: triage first, full proofs after, answers in input order.

Stage 1 gives every formula a small effort: the refuter, the sign structure and lemmas that are known. Stage 2 gives
those that are still unknown the full effort and the rest of their time limit; by then the easy formulas have filled
the cache of lemmas. A formula that occurs again is decided once.
"""

import heapq
import math
import os
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, CancelledError, Executor, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from dataclasses import replace as replaced
from typing import Any

from discovery.expression.node import Expr
from discovery.proof.lemmas import LemmaCache
from discovery.proof.verdict import Decision, Verdict, unknown_decision
from discovery.proof.worker import (
    MEMORY_BYTES,
    WorkerPool,
    close_idle_workers,
    decision_of,
    failure,
    request_for,
    run_job,
)

TRIAGE_EFFORT = 0.05  # seconds of search for a proof in stage 1
WINDOW = 1_000  # formulas that are read ahead of the first one without an answer, and remembered if they occur again
LEAST_SECONDS = 0.01  # of the time limit, left for stage 2

Submit = Callable[[dict[str, Any]], "Future[dict[str, Any]]"]


def verify(
    expressions: Iterable[Expr],
    *,
    timeout: float = 10.0,
    workers: int | None = None,
    memory_bytes: int = MEMORY_BYTES,
    executor: Executor | None = None,
    decided: Callable[[Decision], None] | None = None,
) -> Iterator[Decision]:
    """Decide each expression in a worker process; the decisions come in input order, as soon as all before are known.

    Args:
        expressions: canonical expressions, read lazily, at most `WINDOW` ahead.
        timeout: hard limit for each expression in seconds, waiting for a worker not counted; one that reaches it is
            unknown.
        workers: the number of processes; by default one for each core. With an executor: how many it has, so that
            no more than twice as many jobs wait in it.
        memory_bytes: address space of a worker; 0 for no limit.
        executor: where jobs go instead of threads of this process: a ThreadPoolExecutor, a ProcessPoolExecutor, the
            executor of a cluster. A job (`worker.run_job`) starts or reuses a worker process on the machine where it
            runs, with the same limits. A job that fails or is cancelled gives unknown. It is not shut down.
        decided: called with each decision when it is known, in any order, once for each place where it occurs.

    Raises:
        ValueError: timeout or workers is not positive, or timeout is infinite.
    """
    if not 0 < timeout < math.inf:
        raise ValueError(f"timeout must be a positive number of seconds, not {timeout}")
    if workers is not None and workers < 1:
        raise ValueError(f"workers must be at least 1, not {workers}")
    count = workers or os.cpu_count() or 1
    if executor is not None:
        return _through(executor, expressions, timeout, count, memory_bytes, decided)
    return _here(expressions, timeout, count, memory_bytes, decided)


def _here(
    expressions: Iterable[Expr],
    timeout: float,
    workers: int,
    memory_bytes: int,
    decided: Callable[[Decision], None] | None,
) -> Iterator[Decision]:
    """With threads of this process, whose worker processes are killed when the caller stops."""
    threads, pool = ThreadPoolExecutor(workers, thread_name_prefix="verify"), WorkerPool(memory_bytes)
    batch = _Batch(expressions, timeout, 2 * workers, lambda request: threads.submit(pool.answer, request), decided)
    try:
        yield from batch.decisions()
    finally:
        batch.cancel()
        pool.close()
        threads.shutdown(wait=True)


def _through(
    executor: Executor,
    expressions: Iterable[Expr],
    timeout: float,
    workers: int,
    memory_bytes: int,
    decided: Callable[[Decision], None] | None,
) -> Iterator[Decision]:
    """With an executor that was handed in; each job carries the latest lemmas, as it may run anywhere."""

    def submit(request: dict[str, Any]) -> "Future[dict[str, Any]]":
        return executor.submit(run_job, {**request, "lemmas": batch.lemmas.unknown_to(())}, memory_bytes)

    batch = _Batch(expressions, timeout, 2 * workers, submit, decided)
    try:
        yield from batch.decisions()
    finally:
        for future in batch.cancel():  # a job that runs cannot be stopped; when it ends, so does its worker
            future.add_done_callback(lambda _: close_idle_workers())
        close_idle_workers()


@dataclass(eq=False)
class _Task:
    """One formula, for every place where it occurs."""

    number: int
    request: Mapping[str, Any]
    occurrences: int = 1
    triage: Decision | None = None
    decision: Decision | None = None


@dataclass
class _Batch:
    """The order of work: formulas that were never looked at, in input order; then the full proofs, in input order."""

    expressions: Iterable[Expr]
    timeout: float
    in_flight: int
    submit: Submit
    decided: Callable[[Decision], None] | None
    lemmas: LemmaCache = field(default_factory=LemmaCache)
    window: deque[_Task] = field(default_factory=deque)  # read and not yet yielded
    known: OrderedDict[str, _Task] = field(default_factory=OrderedDict)
    unproved: list[tuple[int, _Task]] = field(default_factory=list)  # a heap: candidates for stage 2
    running: dict["Future[dict[str, Any]]", _Task] = field(default_factory=dict)
    read: int = 0
    error: Exception | None = None  # of the iterator of expressions

    def decisions(self) -> Iterator[Decision]:
        """The decisions, in input order."""
        source: Iterator[Expr] | None = iter(self.expressions)
        while True:
            while self.window and self.window[0].decision is not None:
                yield self.window.popleft().decision  # type: ignore[misc]
            while len(self.running) < self.in_flight:
                if source is not None and len(self.window) < WINDOW:
                    source = self._read(source)
                elif self.unproved:
                    self._start(heapq.heappop(self.unproved)[1])
                else:
                    break
            if self.running:
                done = wait(self.running, return_when=FIRST_COMPLETED).done
                for future in [future for future in self.running if future in done]:  # in the order of their start
                    self._receive(self.running.pop(future), _answer_of(future))
            elif not self.window:
                break
        if self.error is not None:
            raise self.error

    def cancel(self) -> list["Future[dict[str, Any]]"]:
        """Cancel what has not started; returns the jobs that run."""
        return [future for future in self.running if not future.cancel()]

    def _read(self, source: Iterator[Expr]) -> Iterator[Expr] | None:
        """Take one expression from `source`; None when it has ended. Its error waits for the decisions before it."""
        try:
            expr = next(source)
        except StopIteration:
            return None
        except Exception as error:
            self.error = error
            return None
        self.read += 1
        try:
            request = request_for(expr, self.timeout, effort=TRIAGE_EFFORT)
        except (ValueError, TypeError, RecursionError) as error:
            reason = f"The expression cannot be read: {type(error).__name__}: {str(error)[:200]}."
            self._decide(self._add(_Task(self.read, {})), unknown_decision("", reason))
            return source
        task = self.known.get(request["text"])
        if task is None:
            task = self._add(_Task(self.read, request))
            self.known[request["text"]] = task
            if len(self.known) > WINDOW:
                self.known.popitem(last=False)
            self._start(task)
            return source
        self.known.move_to_end(request["text"])
        self._add(task)
        task.occurrences += 1
        if task.decision is not None and self.decided is not None:
            self.decided(task.decision)
        return source

    def _add(self, task: _Task) -> _Task:
        self.window.append(task)
        return task

    def _start(self, task: _Task) -> None:
        request = dict(task.request)
        if task.triage is not None:
            request |= {"effort": None, "seconds": self.timeout - task.triage.seconds}
        try:
            self.running[self.submit(request)] = task
        except Exception as error:  # an executor that is broken or shut down
            self._receive(task, failure("", f"The job was refused ({_named(error)})."))

    def _receive(self, task: _Task, answer: Mapping[str, Any]) -> None:
        try:
            decision = replaced(decision_of(answer), expression=task.request["text"])
            self.lemmas.update(answer["lemmas"])
        except Exception as error:  # an executor of another version, say
            decision = unknown_decision(task.request["text"], f"The answer cannot be read ({_named(error)}).")
            answer = {"failed": True}
        if task.triage is not None:
            decision = _joined(task.triage, decision, failed=answer["failed"])
        elif decision.verdict is Verdict.UNKNOWN and not answer["failed"]:
            task.triage = decision
            if self.timeout - decision.seconds > LEAST_SECONDS:
                heapq.heappush(self.unproved, (task.number, task))
                return
            late = unknown_decision(decision.expression, f"The time limit of {self.timeout:g} s was reached.")
            decision = _joined(decision, late, failed=True)
        self._decide(task, decision)

    def _decide(self, task: _Task, decision: Decision) -> None:
        task.decision = decision
        for _ in range(task.occurrences if self.decided is not None else 0):
            self.decided(decision)  # type: ignore[misc]


def _answer_of(future: "Future[dict[str, Any]]") -> Mapping[str, Any]:
    try:
        return future.result()
    except CancelledError:
        return failure("", "The job was cancelled.")
    except Exception as error:
        return failure("", f"The job failed ({_named(error)}).")


def _named(error: BaseException) -> str:
    return f"{type(error).__name__}: {str(error)[:200]}"


def _joined(triage: Decision, full: Decision, *, failed: bool) -> Decision:
    """The decision after both stages; where the second one was cut off, what the first one proved still holds."""
    seconds = triage.seconds + full.seconds
    if not failed:
        return replaced(full, seconds=seconds)
    conditions = {
        name: condition if condition.verdict is not Verdict.UNKNOWN else full.conditions[name]
        for name, condition in triage.conditions.items()
    }
    return replaced(triage, conditions=conditions, seconds=seconds)
