"""Mutations of real certificates: every change that makes a certificate wrong is noticed by the checker."""

import copy
import json
from collections import Counter
from random import Random

import pytest
from mutations import mutants

from discovery.expression.parser import parse
from discovery.proof.checker import Rejected, check
from discovery.proof.prove import decide

TEXTS = (  # every rule, kind of step, kind of generator and kind of refutation, and what else a certificate may have
    "log(1 + exp((r - 1)*A)) - log(2) - (r - 1)*A/2",
    "1 - exp(-(softplus(A*(sqrt(r) - 1)) - log(2) - A*(sqrt(r) - 1)/2))",
    "r**A - 1 - A*log(r)",
    "r*A - min(r*A, clip(r, 0.8, 1.2)*A)",
    "max(r*A, clip(r, 0.8, 1.2)*A) - r*A",
    "(r**2 - r + 1)*(r - 1)**2",
    "(sqrt(r)*2 - r - 1)*(-2)",
    "where(r >= 1, min((A*(1 - 1/r))*atan(A*(1 - 1/r)), asinh((r - exp(clip(log(r), -0.6, 0.6)))*A)**2), "
    "relu(A*(r - 1) - clip(A*(r - 1), -0.37, 0.37)))",
    "where(A >= 0, 0, sqrt(-A)*(r - 1)**2)",
    "where(A >= 0, (r - 1)**2*A, -(r - 1)**2*A)",
    "(exp(r - 1) - r)**1.37",
    "0.5*(A*log(r))**2 - (sqrt(1 + (A*log(r))**2) - 1)",
    "A**2*(r - 1)**2 + 1.99*A*(r - 1)*log(r) + log(r)**2",
    "max((r - 1)*A - tanh((r - 1)*A), tanh((r - 1)*A) - (r - 1)*A)",
    "tanh(((r - clip(r, 0.8, 1.2))*A)**2 + ((r - clip(r, 0.8, 1.2))*A)*(A*(r - 1)) + (A*(r - 1))**2)",
    "min(exp(-2.56*(A*r - A))*log(r)**2, exp(r - 1) - r)",
    "where(A >= 0, relu(A*(r - 1) - 2*tanh(A*(r - 1)/2)), relu(A*log(r) - 0.6*tanh(A*log(r)/0.6)))",
    "-log(r)",
    "r*log(r)",
    "r**2*A**2",
    "cosh(A*(r - 1))",
    "abs(r - 1)",
    "abs(log(r))*A**2",
    "abs(r - 1)**0.5",
    "(r - 1)**2/A**2",
    "sqrt(A)*(r - 1)**2",
    "sign(A)**2*(r - 1)**2",
    "where(A < 1, 0, A*(r - 1)**2)",
    "where(log(r) <= 1, log(r)**2, 2*log(r)**2)",
    "(r - 1)**2*((r - 2)**2 - 1e-13)",
)
LEAST = 500  # mutants that every run of the sample tries


@pytest.fixture(scope="module")
def certificates():
    """As a reader gets them: from JSON."""
    return {text: json.loads(json.dumps(decide(parse(text)).evidence, default=dict)) for text in TEXTS}


def accepted(certificates, share, rng):
    """(the mutants that pass, how many were tried by operator)."""
    passed, tried = [], Counter()
    for text, certificate in certificates.items():
        for operator, path, mutant in mutants(certificate):
            if rng.random() >= share:
                continue
            tried[operator] += 1
            try:
                verdict = check(mutant)
            except Rejected:
                continue
            passed.append((text, operator, path, verdict))
    return passed, tried


@pytest.mark.timeout(60)
def test_certificates_are_accepted_as_they_are(certificates):
    for text, certificate in certificates.items():
        before = copy.deepcopy(certificate)
        assert check(certificate) == certificate["verdict"], text
        assert certificate == before
    used = json.dumps(list(certificates.values()))
    words = ("cut", "sum", "product", "all", "any", "have", "substitute", "point", "split", "sturm", "quadratic")
    assert [word for word in (*words, "derivative", "slope", "jump", "nonzero") if f'"{word}"' not in used] == []


@pytest.mark.timeout(120)
def test_a_sample_of_mutants_is_rejected(certificates):
    passed, tried = accepted(certificates, 0.15, Random(7))
    print(f"{tried.total()} mutants: {dict(tried)}")
    assert passed == []
    assert tried.total() > LEAST


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_every_mutant_is_rejected(certificates):
    passed, tried = accepted(certificates, 1.0, Random(0))
    print(f"{tried.total()} mutants: {dict(tried)}")
    assert passed == []
    assert tried.total() > 10 * LEAST


@pytest.mark.timeout(60)
def test_proofs_of_another_formula_are_rejected(certificates):
    """The four parts of a certificate belong to its expression."""
    proved = {text: c for text, c in certificates.items() if c["verdict"] == "proved"}
    for text, one in proved.items():
        for other_text, other in proved.items():
            if text != other_text:
                with pytest.raises(Rejected):
                    check(one | {"nonnegative": other["nonnegative"]})


def test_no_mutant_is_its_original(certificates):
    for certificate in certificates.values():
        before = copy.deepcopy(certificate)
        assert all(mutant != certificate for _, _, mutant in mutants(certificate))
        assert certificate == before
