"""pyoperon, for real where the extra is installed: known drifts in a hard time."""

import importlib.util
import sys
import time

import numpy as np
import pytest

from discovery.expression.evaluate import evaluate
from discovery.expression.parser import parse
from discovery.proof.batch import verify
from discovery.regression.backends import operon
from discovery.regression.backends.operon import Operon
from discovery.regression.backends.protocol import Region
from discovery.regression.backends.settle import settle
from discovery.regression.sampling import tabulate

needed = pytest.mark.skipif(importlib.util.find_spec("pyoperon") is None, reason=operon.INSTALL)


def table_of(text, count=3000):
    expr = parse(text)
    rng = np.random.default_rng(5)
    return tabulate(lambda r, a: evaluate(expr, {"r": r, "A": a}), rng=rng, count=count)


def decide(exprs):
    return [decision.verdict.value for decision in verify(exprs, timeout=20, workers=2)]


@needed
@pytest.mark.operon
@pytest.mark.timeout(120)
@pytest.mark.parametrize("text", ["abs(A)*(r - 1 - log(r))", "2.5*abs(A)*(r - 1)**2"], ids=["kl", "spo"])
def test_kl_and_spo_come_back_exactly_and_proved(text):
    table = table_of(text)
    started = time.monotonic()
    proposals = Operon(halves=False).propose(table, seconds=12, seed=1, workers=2)
    assert time.monotonic() - started < 20
    proved = [s for s in settle(proposals, decide, table) if s.verdict == "proved"]
    best = min(proved, key=lambda s: s.loss)
    values = (evaluate(expr, {"r": table.ratio, "A": table.advantage}) for expr in (best.expr, parse(text)))
    np.testing.assert_allclose(*values, rtol=1e-9, atol=1e-9)


@needed
@pytest.mark.operon
@pytest.mark.timeout(60)
def test_the_whole_and_both_halves_are_searched():
    proposals = Operon().propose(table_of("where(A >= 0, (r - 1)**2, log(r)**2)*A**2"), seconds=6, seed=1, workers=2)
    assert {p.region for p in proposals} == set(Region)
    for region in Region:
        own = [p for p in proposals if p.region is region]
        assert min(p.loss for p in own) < max(p.loss for p in own)


@needed
@pytest.mark.operon
@pytest.mark.timeout(60)
def test_a_run_that_counts_evaluations_can_be_repeated():
    table = table_of("(r - 1)**2*A**2 + tanh(A)**2*log(r)**2")
    engine = Operon(halves=False, evaluations=20_000)
    first, second = (engine.propose(table, seconds=20, seed=3, workers=1) for _ in range(2))
    assert [p.expr for p in first] == [p.expr for p in second]
    assert [p.expr for p in first] != [p.expr for p in engine.propose(table, seconds=20, seed=4, workers=1)]


@needed
@pytest.mark.operon
def test_a_table_of_one_sign_is_searched_whole_and_for_its_half():
    table = table_of("(r - 1)**2*A**2")
    table = table.rows(table.advantage >= 0)
    proposals = Operon().propose(table, seconds=6, seed=1, workers=2)
    assert {p.region for p in proposals} == {Region.WHOLE, Region.POSITIVE}


def test_a_missing_package_is_told_in_one_line(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ValueError, match=r"pip install 'drift-discovery\[operon\]'") as caught:
        Operon().propose(table_of("(r - 1)**2"), seconds=5, seed=0, workers=1)
    assert "\n" not in str(caught.value)


@needed
def test_too_short_a_budget_is_refused():
    with pytest.raises(ValueError, match="at least 3"):
        Operon().propose(table_of("(r - 1)**2"), seconds=1, seed=0, workers=1)


@needed
def test_a_search_that_fails_or_hangs_is_told(monkeypatch):
    monkeypatch.setattr(operon.sys, "executable", sys.executable)
    monkeypatch.setattr(operon, "GRACE_SECONDS", -3.9)
    with pytest.raises(ValueError, match="pyoperon failed: it was stopped"):
        Operon(halves=False).propose(table_of("(r - 1)**2"), seconds=4, seed=0, workers=1)


def test_importing_the_backend_imports_no_engine():
    import subprocess

    code = "import sys, discovery.regression.backends.operon, discovery.regression.backends.pysr\nprint(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True).stdout
    assert not set(loaded.split()) & {"pyoperon", "sklearn", "pysr", "juliacall", "juliapkg", "jax", "sympy", "pandas"}
