"""Batches: two stages, shared lemmas, any executor; nothing that is cut off is taken for a failure to prove."""

import contextlib
import json
import multiprocessing
import os
import pickle
import signal
import subprocess
import sys
import textwrap
import threading
import time
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from fractions import Fraction
from pathlib import Path

import psutil
import pytest

from discovery.expression.node import Apply, Number, Symbol
from discovery.expression.parser import parse
from discovery.expression.printer import to_text
from discovery.proof import batch, worker
from discovery.proof.batch import verify
from discovery.proof.lemmas import LemmaCache
from discovery.proof.worker import Worker, WorkerPool, decision_of, request_for
from discovery.proof.worker_main import GRACE_SECONDS

ROOT = Path(__file__).parents[2]
STAND_IN = (str(Path(__file__).with_name("stand_in.py")),)
TEXTS = ["(r - 1)**2", "r - 1", "log(r)**2", "abs(r - 1)", "(r - 1)**2", "r - 1 - log(r)"]
VERDICTS = ["proved", "refuted", "proved", "refuted", "proved", "proved"]


@pytest.fixture
def stand_in(monkeypatch):
    """`verify` with the prover of stand_in.py."""
    monkeypatch.setattr(batch, "WorkerPool", lambda memory: WorkerPool(0, STAND_IN))


def decide(*texts, timeout=30.0, **options):  # longer than any stall of a busy machine
    return list(verify(map(parse, texts), timeout=timeout, **options))


def workers_of(pid):
    """The worker processes among the descendants of a process."""
    found = []
    for child in psutil.Process(pid).children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):  # it has ended since
            arguments = " ".join(child.cmdline())
            found += [child.pid] if "worker_main" in arguments or "stand_in" in arguments else []
    return found


def alive(pid):
    return Path(f"/proc/{pid}").exists() and ") Z " not in Path(f"/proc/{pid}/stat").read_text()


# two stages


@pytest.mark.timeout(60)
def test_full_effort_is_for_what_triage_left(stand_in):
    easy, needs_more = decide("(r - 1)**2", "log(r)")
    assert (easy.verdict, easy.evidence["effort"]) == ("proved", batch.TRIAGE_EFFORT)
    assert (needs_more.verdict, needs_more.evidence["effort"]) == ("proved", None)


@pytest.mark.timeout(60)
def test_triage_comes_before_full_proofs(stand_in):
    order = []
    found = list(verify(map(parse, ["log(r)", "r - 1", "(r - 1)**2"]), workers=1, decided=order.append))
    assert [d.expression for d in found] == ["log(r)", "r - 1", "(r - 1)**2"]
    assert [d.expression for d in order][-1] == "log(r)"


@pytest.mark.timeout(60)
def test_what_triage_proved_survives_the_time_limit(stand_in):
    start = time.monotonic()
    (found,) = decide("r", timeout=5.0)
    assert time.monotonic() - start < 40
    assert found.verdict == "unknown"
    assert found.conditions["zero"].verdict == "proved"
    assert found.conditions["nonnegative"].reason == "The time limit of 5 s was reached."


@pytest.mark.timeout(60)
def test_no_full_proof_is_begun_when_triage_took_all_the_time(stand_in, monkeypatch):
    monkeypatch.setattr(batch, "LEAST_SECONDS", 50.0)
    (found,) = decide("log(r)", timeout=40.0)
    assert found.verdict == "unknown"
    assert found.conditions["zero"].verdict == "proved"
    assert found.conditions["flat"].reason == "The time limit of 40 s was reached."


@pytest.mark.timeout(60)
def test_a_worker_that_does_not_start_is_told(monkeypatch):
    monkeypatch.setattr(worker, "START_SECONDS", 0.2)
    mute = Worker(0, ("-c", "import time; time.sleep(60)"))
    found = mute.decide(parse("r - 1"), 10)
    mute.close()
    assert found.conditions["zero"].reason == "The worker process died (it was not ready after 0.2 s)."


@pytest.mark.timeout(60)
def test_equal_formulas_are_decided_once(stand_in):
    counted = []
    found = decide("(r - 1)**2", "log(r)", "(1 - r)**2", "log(r)", "(r - 1)*(r - 1)", decided=counted.append)
    assert found[0] is found[2] is found[4]
    assert found[1] is found[3]
    assert len(counted) == 5


@pytest.mark.timeout(60)
def test_many_formulas_keep_their_order_with_a_small_window(stand_in, monkeypatch):
    monkeypatch.setattr(batch, "WINDOW", 4)
    texts = [text for n in range(2, 12) for text in (f"log(r)*{n}", "(r - 1)**2", f"r**{n}", "r - 1")]
    assert [d.expression for d in decide(*texts, workers=2)] == texts_of(texts)


def texts_of(texts):
    return [to_text(parse(text)) for text in texts]


@pytest.mark.timeout(60)
def test_an_error_of_the_source_comes_after_the_decisions_before_it(stand_in):
    def source():
        yield parse("r - 1")
        raise ZeroDivisionError

    answers = verify(source())
    assert next(answers).verdict == "refuted"
    with pytest.raises(ZeroDivisionError):
        next(answers)


# lemmas


def answers_of(pool, *requests):
    return [decision_of(pool.answer(request)) for request in requests]


@pytest.mark.timeout(60)
def test_a_lemma_of_one_worker_reaches_the_others():
    pool = WorkerPool(0, STAND_IN)
    try:
        (first,) = answers_of(pool, request_for(parse("(r - 1)**2"), 30))
        busy = pool._idle.pop()  # so that another process serves the next request
        (second,) = answers_of(pool, request_for(parse("r - 1"), 30))
        busy.close()
    finally:
        pool.close()
    assert (first.evidence["seen"], second.evidence["seen"]) == ([], ["easy"])
    assert first.evidence["pid"] != second.evidence["pid"]


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    ("text", "effort", "kept"), [("A", None, True), ("A", 0.05, False), ("r", None, False), ("A**2", None, False)]
)
def test_a_failure_is_kept_only_after_a_search_with_full_effort(text, effort, kept):
    """Low effort, the time limit and an error of the prover say nothing about a lemma."""
    pool = WorkerPool(0, STAND_IN)
    try:
        pool.answer(request_for(parse(text), 0.5 if text == "r" else 30, effort=effort))
        (after,) = answers_of(pool, request_for(parse("r - 1"), 30))
    finally:
        pool.close()
    assert ("hard" in pool.lemmas) == ("hard" in after.evidence["seen"]) == kept


def test_the_cache_is_bounded_and_forgets_the_oldest():
    cache = LemmaCache(max_bytes=100)
    for claim in "abcdef":
        cache[claim] = "x" * 17  # 20 bytes with the quotes and the claim
        if "a" in cache:
            assert cache["a"]  # used: kept
    assert set(cache) == {"a", "c", "d", "e", "f"}
    cache["long"] = "x" * 100
    cache["strange"] = object()
    assert set(cache) == {"a", "c", "d", "e", "f"}
    cache["a"] = None
    assert cache["a"] is not None
    assert len(cache.unknown_to({"f"}, max_bytes=45)) == 2


# executors


class LateExecutor(Executor):
    """Runs its jobs in reverse order, and only when some are waiting."""

    def __init__(self):
        self._jobs = []

    def submit(self, fn, /, *args, **kwargs):
        future = Future()
        self._jobs.append((future, fn, args, kwargs))
        if len(self._jobs) == 1:
            threading.Timer(0.3, self._run).start()
        return future

    def _run(self):
        jobs, self._jobs = self._jobs, []
        for future, fn, args, kwargs in reversed(jobs):
            future.set_result(fn(*args, **kwargs))


@pytest.mark.timeout(120)
@pytest.mark.parametrize("kind", ["threads", "processes", "late"])
def test_an_executor_gives_the_same_decisions_in_input_order(kind):
    executor = {
        "threads": lambda: ThreadPoolExecutor(2),
        "processes": lambda: ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")),
        "late": LateExecutor,
    }[kind]()
    with executor:
        found = decide(*TEXTS, workers=2, executor=executor)
        assert [d.verdict for d in found] == VERDICTS
        assert [d.expression for d in found] == texts_of(TEXTS)
        assert decide("r - 1", executor=executor)[0].verdict == "refuted"  # it was not shut down
        left = workers_of(os.getpid())
        assert bool(left) == (kind == "processes")  # other processes keep theirs for the next job
    deadline = time.monotonic() + 30
    while any(map(alive, left)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(map(alive, left))


@pytest.mark.timeout(60)
def test_the_time_limit_holds_in_an_executor():
    hard = "log(1 + exp(" * 12 + "(r - 1)**2*A" + "))" * 12
    with ThreadPoolExecutor(1) as executor:
        found = decide(hard, "r - 1", timeout=0.005, executor=executor)
    assert found[0].verdict == "unknown"
    assert "time limit of 0.005 s" in found[0].conditions["defined"].reason


class FaultyExecutor(Executor):
    """Cancels, fails, refuses and talks nonsense."""

    def __init__(self):
        self._count = 0

    def submit(self, fn, /, *args, **kwargs):
        self._count += 1
        future = Future()
        if self._count == 1:
            future.cancel()
            future.set_running_or_notify_cancel()
        elif self._count == 2:
            future.set_exception(ConnectionError("the node is gone"))
        elif self._count == 3:
            raise RuntimeError("cannot schedule new futures")
        else:
            future.set_result({"decision": "yes"})
        return future


@pytest.mark.timeout(60)
def test_jobs_that_fail_are_unknown_with_the_reason():
    found = decide("(r - 1)**2", "(r - 1)**4", "(r - 1)**6", "(r - 1)**8", executor=FaultyExecutor())
    assert [d.verdict for d in found] == ["unknown"] * 4
    assert [d.expression for d in found] == ["(r - 1)**2", "(r - 1)**4", "(r - 1)**6", "(r - 1)**8"]
    reasons = [d.conditions["zero"].reason for d in found]
    for part, reason in zip(
        ("cancelled", "the node is gone", "cannot schedule", "cannot be read"), reasons, strict=True
    ):
        assert part in reason


# what must not bring a batch down


@pytest.mark.timeout(60)
def test_expressions_that_cannot_be_read_are_unknown_and_the_next_is_served():
    deep = Symbol("r")
    for _ in range(5_000):
        deep = Apply("exp", (deep,))
    large = Number(Fraction(10) ** 10**6)
    middling = Number(Fraction(10) ** 2_000)  # it has a text, but is no constant of the language
    found = list(verify([deep, large, middling, parse("r - 1")]))
    assert [d.verdict for d in found] == ["unknown"] * 3 + ["refuted"]
    assert "cannot be read" in found[0].conditions["zero"].reason
    assert "digits" in found[1].conditions["zero"].reason


@pytest.mark.timeout(60)
def test_an_exception_of_the_prover_is_unknown_with_its_name(stand_in):
    broken, fine = decide("A**2", "r - 1")
    assert broken.expression == "A**2"
    assert broken.conditions["flat"].reason == "The worker failed: KeyError: 'a bug'."
    assert fine.verdict == "refuted"


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    "text", ["9**9**9**9*(r - 1)**2", "r**9**9**9", "exp(exp(exp(exp(exp(r)))))", "(r - 1)**99999"]
)
def test_huge_numbers_are_decided_or_unknown_within_the_limit(text):
    start, process = time.monotonic(), Worker()
    try:
        found = process.decide(parse(text), 3.0)
        assert time.monotonic() - start < 40
        assert found.verdict != "proved" or text.startswith(("(r", "9"))
        assert process.decide(parse("r - 1"), 30).verdict == "refuted"
    finally:
        process.close()


@pytest.mark.timeout(60)
@pytest.mark.parametrize("text", ["log(r - 1)", "sqrt(-1)*0", "log(-2)*(r - 1)**2", "(-1)**0.5", "(A - 1)**(-1)*0"])
def test_formulas_without_a_real_value_are_refuted(text):
    (found,) = decide(text)
    assert found.verdict == "refuted"
    assert found.conditions["defined"].verdict == "refuted"


@pytest.mark.timeout(60)
def test_a_worker_that_does_not_read_is_killed_at_the_limit():
    stuck = Worker(0, (str(Path(__file__).with_name("stand_in.py")),))
    try:
        stuck.start()
        os.kill(stuck._process.pid, signal.SIGSTOP)
        request = request_for(parse("r - 1"), 0.5, lemmas={"long": "x" * 10**6})  # more than a pipe holds
        start = time.monotonic()
        assert "time limit" in decision_of(stuck.answer(request)).conditions["zero"].reason
        assert time.monotonic() - start < 30
        assert stuck.decide(parse("r - 1"), 30).verdict == "refuted"
    finally:
        stuck.close()


@pytest.mark.timeout(60)
def test_a_worker_that_has_grown_is_replaced():
    small = Worker(memory_bytes=2**20)  # of which the stand-in uses more than half, as it sets no limit
    small._program = ("-c", GROWN.format(root=str(ROOT), tests=str(Path(__file__).parent)))
    try:
        pids = [small.decide(parse("r - 1"), 30).evidence["pid"] for _ in range(2)]
    finally:
        small.close()
    assert pids[0] != pids[1]


GROWN = """
import sys
sys.path[:0] = [{root!r}, {tests!r}]
import stand_in
stand_in.serve(stand_in.decide, sys.stdin, sys.stdout, int(sys.argv[1]))
"""


@pytest.mark.timeout(60)
def test_a_worker_ends_when_its_parent_is_killed():
    script = """
        import sys
        sys.path[:0] = [{root!r}]
        from discovery.expression.parser import parse
        from discovery.proof import batch, worker
        batch.WorkerPool = lambda memory: worker.WorkerPool(0, {program!r})
        for found in batch.verify(map(parse, ["r - 1", "r"]), timeout=8.0, workers=2):
            print(found.verdict, flush=True)
    """
    script = textwrap.dedent(script).format(root=str(ROOT), program=STAND_IN)
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout.readline() == "refuted\n"
        orphans = workers_of(parent.pid)
        assert orphans
        parent.kill()
    deadline = time.monotonic() + 8 + GRACE_SECONDS + 20
    while any(map(alive, orphans)) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not any(map(alive, orphans))


def test_jobs_are_plain_data():
    request = request_for(parse("(r - 1)**2"), 1.0, effort=0.05, lemmas={"claim": None})
    assert json.loads(json.dumps(request)) == request
    assert pickle.loads(pickle.dumps(worker.run_job)) is worker.run_job
