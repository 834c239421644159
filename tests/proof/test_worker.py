"""Time limits, crashes and odd ways to start: one verdict is lost, never the others."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from discovery.expression.parser import parse
from discovery.proof.batch import verify
from discovery.proof.worker import Worker

ROOT = Path(__file__).parents[2]
HARD = "log(1 + exp(" * 12 + "(r - 1)**2*A" + "))" * 12  # any formula: the limit below is shorter than every proof


@pytest.mark.timeout(60)
def test_answers_come_in_input_order():
    texts = ["(r - 1)**2", "r - 1", "log(r)**2", "abs(r - 1)", "r - 1 - log(r)"]
    found = list(verify(map(parse, texts), timeout=30.0, workers=2))
    assert [d.verdict for d in found] == ["proved", "refuted", "proved", "refuted", "proved"]


@pytest.mark.timeout(60)
def test_time_limit_is_hard_and_the_next_one_is_served():
    worker = Worker()
    try:
        worker.start()
        process = worker._process
        assert process is not None
        os.kill(process.pid, signal.SIGSTOP)  # a call that cannot be interrupted
        start = time.monotonic()
        slow = worker.decide(parse("(r - 1)**2"), 0.5)
        assert time.monotonic() - start < 40
        assert (slow.verdict, slow.conditions["flat"].reason) == ("unknown", "The time limit of 0.5 s was reached.")
        assert process.poll() is not None
        assert worker.decide(parse("(r - 1)**2"), 30).verdict == "proved"
    finally:
        worker.close()


@pytest.mark.timeout(60)
def test_a_short_limit_gives_unknown():
    found = list(verify([parse(HARD), parse("0")], timeout=0.005))
    assert found[0].verdict == "unknown"


@pytest.mark.timeout(60)
def test_a_crash_costs_one_verdict(monkeypatch):
    worker = Worker()
    send = worker._send

    def send_and_kill(*request):
        send(*request)
        process.kill()

    try:
        worker.start()
        process = worker._process
        assert process is not None
        os.kill(process.pid, signal.SIGSTOP)  # so that no answer comes before the crash
        monkeypatch.setattr(worker, "_send", send_and_kill)
        lost = worker.decide(parse("(r - 1)**2"), 30)
        monkeypatch.undo()
        assert lost.verdict == "unknown"
        assert "died" in lost.conditions["defined"].reason
        assert worker.decide(parse("(r - 1)**2"), 30).verdict == "proved"
    finally:
        worker.close()


@pytest.mark.timeout(60)
def test_the_alarm_of_the_worker_itself_is_the_time_limit(monkeypatch):
    """It rings first where this process stalls: the reason is the same."""
    worker = Worker()
    send = worker._send

    def send_and_ring(*request):
        send(*request)
        os.kill(process.pid, signal.SIGALRM)
        os.kill(process.pid, signal.SIGCONT)

    try:
        worker.start()
        process = worker._process
        assert process is not None
        os.kill(process.pid, signal.SIGSTOP)
        monkeypatch.setattr(worker, "_send", send_and_ring)
        late = worker.decide(parse("(r - 1)**2"), 30)
        assert late.conditions["flat"].reason == "The time limit of 30 s was reached."
    finally:
        worker.close()


@pytest.mark.timeout(60)
def test_out_of_memory_is_unknown():
    (found,) = verify([parse("(r - 1)**2")], memory_bytes=64 * 2**20)
    assert found.verdict == "unknown"


@pytest.mark.timeout(60)
def test_bad_arguments_are_named():
    with pytest.raises(ValueError, match="timeout must be a positive number"):
        verify([], timeout=0)
    with pytest.raises(ValueError, match="timeout must be a positive number"):
        verify([], timeout=float("inf"))
    with pytest.raises(ValueError, match="workers must be at least 1"):
        verify([], workers=0)


@pytest.mark.timeout(60)
def test_no_process_is_left_when_the_caller_stops_early():
    answers = verify((parse("(r - 1)**2") for _ in range(10**9)), workers=2)
    next(answers)
    answers.close()
    children = subprocess.run(["ps", "--ppid", str(os.getpid()), "-o", "args="], capture_output=True, text=True).stdout
    assert "worker_main" not in children


@pytest.mark.timeout(60)
def test_script_on_standard_input_and_without_a_guard():
    script = """
        from discovery.expression.parser import parse
        from discovery.proof.batch import verify
        print([d.verdict.value for d in verify([parse("(r - 1)**2")], timeout=30.0)])
    """
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-"], input=textwrap.dedent(script), capture_output=True, text=True, env=environment
    )
    assert done.stdout == "['proved']\n", done.stderr


@pytest.mark.timeout(60)
@pytest.mark.parametrize("module", ["discovery.proof.verdict", "discovery.proof.batch", "discovery.proof.prove"])
def test_imports_stay_light(module):
    heavy = {"jax", "sympy", "matplotlib"} | ({"numpy", "flint"} if not module.endswith("prove") else set())
    code = f"import sys, {module}; print(sorted({heavy!r} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert done.stdout == "[]\n", done.stderr
