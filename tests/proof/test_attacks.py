"""Attacks: for each rule of the prover, formulas that a rule which is a little too generous would let through."""

import pytest
from oracle import objection

from discovery.expression.parser import parse
from discovery.proof.prove import decide

REFUTED = {
    "flat": (
        "abs(r - 1)",
        "abs(log(r))*A**2",
        "sqrt((r - 1)**2*A**2)",
        "max(0, (r - 1)*A) - (r - 1)*A/2",
        "max(0, (r - 1)*A) + max(0, -(r - 1)*A)",
        "max(r - 1, 1 - r)",
        "(r - 1)*sign(r - 1)*A**2",
        "where(r >= 1, (r - 1)**2, 1 - r)",
        "where(r >= 1, r - 1, (r - 1)**2)",
        "where(r <= 1, 1 - r, (r - 1)**2)",
        "relu((r - 1)*A - 2*tanh(0.499*(r - 1)*A))",
        "relu((r - 1)*A - tanh((r - 1)*A)/2)",
        "abs(r - 1)**0.5",
        "sqrt(abs(log(r)))*exp(A)",
        "where(A >= 2, abs(r - 1)*(A - 2), 0)",
        "relu(A - 1000)*relu(r - 1)",
        "tanh(abs(r - 1))",
        "abs(r - 1)*abs(A)**1.5",
    ),
    "zero": ("(r - 1)**2 + 1e-9", "(r - 1)**2 + exp(A) - exp(A/2)**2 + 1e-30", "cosh(A*(r - 1))", "r**2*A**2"),
    "nonnegative": (
        "(r - 1)**2 - (r - 1)**4/1e6",
        "(r - 1)**2*((r - 2)**2 - 1e-13)",
        "(r - 1)**2*((r - 1.2345678)**2 - 1e-12)",
        "(r - 1)**2*((A - 3.3333333333)**2 - 1e-20)",
        "(r - 1)**2*(A**2 - 1e-14)",
        "(r - 1)**2*(1.001 - log(r)**2/1e6)",
        "log(r)**2 - log(r)**4/1e7",
        "((r - 1)*A)**2 - 1.001*(r - 1)*A*tanh((r - 1)*A)",
        "(r - 1)*A*tanh((r - 1)*A) - ((r - 1)*A)**2/(1 + ((r - 1)*A)**2/3.001)",
        "((r - 1)*A)**3",
        "tanh((r - 1)**3*A)",
        "(r - 1)*log(r)*A",
        "(r - 1)**2*(1.5707 - atan(A))",
        "exp(A*(r - 1)) - 1 - A*(r - 1) - (A*(r - 1))**2/2",
        "A**2*(r - 1)**2 + 2.01*A*(r - 1)*log(r) + log(r)**2",
        "min((r - 1)**2, 1 - (r - 1)**2/1e6)",
        "r**3 - 3*r + 2 - 1e-12*(r - 1)**2*r**5",
        "r**A - 1 - A*(r - 1)",
    ),
    "defined": (
        "(r - 1)**2/(r - 2)**2",
        "(r - 1)**2*(r - 2)**(-2)*(r - 2)**2",
        "(r - 1)**2 + 0*(r - 3)**(-2)",
        "(r - 1)**2 + 0*log(A)",
        "(r - 1)**2/A**2",
        "sqrt(A)*(r - 1)**2",
        "(r - 1)**2*A**A",
        "(r - 1)**2*log(A**2 + 1)/log(A**2 + 1)",
        "(r - 1)**2*A**2/((r - 1)**2 + A**2)",
        "exp(-1/(r - 1)**2)",
        "where(A >= 0, (r - 1)**2, 2*(r - 1)**2)",
        "where(A < 1, 0, A*(r - 1)**2)",
        "where(r <= 2, (r - 1)**2, 2*(r - 1)**2)",
        "sign(A)**2*(r - 1)**2",
        "where(A >= 0, 1, 0)*(r - 1)**2",
        "where(A*(r - 1) <= 1, (A*(r - 1))**2/2, A*(r - 1) - 1/3)",
    ),
}
PROVED = (
    "relu((r - 1)*A - 2*tanh((r - 1)*A/2))",
    "abs((r - 1)*A - 2*tanh((r - 1)*A/2))",
    "((r - 1)*A)**2 - (r - 1)*A*tanh((r - 1)*A)",
    "(r - 1)*A*tanh((r - 1)*A) - ((r - 1)*A)**2/(1 + ((r - 1)*A)**2/3)",
    "where(A >= 0, (r - 1)**2*A, -(r - 1)**2*A)",
    "where(A >= 0, 1, 2)*(r - 1)**2*A*tanh(A)",
    "sign(A)*(r - 1)**2*A",
    "abs(r - 1)**1.5",
    "sqrt(abs(r - 1))*abs(r - 1)",
    "abs(r - 1)*abs(log(r))",
    "r**A - 1 - A*log(r)",
    "cosh(A*log(r)) - 1",
    "abs(A)*(r - 1 - log(r))",
    "r - 1 - log(r) + (r - 1)**2*A**2",
    "exp(A)*(r - 1)**2 - A*(r - 1)**2",
    "A**2*(r - 1)**2 + 2*A*(r - 1)*log(r) + log(r)**2",
    "A**2*(r - 1)**2 + 1.99*A*(r - 1)*log(r) + log(r)**2",
    "min((r - 1)**2, log(r)**2)",
    "4.74*tanh(abs(A)*(2*(sqrt(r) - 1))**2)",
    "where(A >= 0, 2.64*tanh(A*(1 - 1/r)**2), 0)",
    "where(A <= 1, 0, (A - 1)*(r - 1)**2)",
    "where(abs(A*(r - 1)) <= 1, (A*(r - 1))**2/2, abs(A*(r - 1)) - 1/2)",
    "where(A >= 0, 0, sqrt(-A)*(r - 1)**2)",
    "A*r*tanh(A*r - A) - A*tanh(A*r - A)",
    "(r - 1)**2/r - log(r)**2",
    "exp(A*(r - 1)) + exp(-A*(r - 1)) - 2 - (A*(r - 1))**2",
    "(r - 1)**2*(1.5708 - atan(A))",
    "max((r - 1)*A - tanh((r - 1)*A), tanh((r - 1)*A) - (r - 1)*A)",
    "r*A - min(r*A, clip(r, 0.8, 1.2)*A)",
    "r*A - min(r*A, clip(r, 0.8, 1.28)*A)",
    "max(r*A, clip(r, 0.8, 1.2)*A) - r*A",
)


@pytest.mark.timeout(30)
@pytest.mark.parametrize(("condition", "text"), [(name, text) for name, texts in REFUTED.items() for text in texts])
def test_invalid_formula_is_refuted(condition, text):
    expr = parse(text)
    decision = decide(expr)
    assert decision.verdict != "proved"
    assert decision.conditions[condition].verdict == "refuted", decision.conditions
    assert objection(expr, decision) is None


@pytest.mark.timeout(30)
@pytest.mark.parametrize("text", PROVED)
def test_valid_formula_is_proved(text):
    expr = parse(text)
    decision = decide(expr)
    assert decision.verdict == "proved", decision.conditions
    assert objection(expr, decision) is None


@pytest.mark.timeout(30)
@pytest.mark.parametrize(
    "text",
    [
        # agrees on A = 0 for every r != 1, yet has no limit at (1, 0): y is not defined on the closed side
        "where(A >= 0, 0, A**2*(r - 1)**2/((r - 1)**4 + A**4))",
        "where(A >= 0, 0, (A*(r - 1))**4/((r - 1)**6 + A**6)**1.5)",
        # the same, with the pole outside of the where()
        "(r - 1)**2*A**2/where(A >= 0, 1, (r - 1)**4 + A**4)",
        "(r - 1)**2*A**2*where(A >= 0, 1, (r - 1)**4 + A**4)**(-0.5)",
        # jumps on a surface with no rational point
        "where(log(r) <= 1, log(r)**2, 2*log(r)**2)",
        "where(r**2 <= 2, (r - 1)**2, 1.5*(r - 1)**2)",
        # a pole without a rational point
        "(r - 1)**2/(r**2 - 2)**2",
        # negative only in a window of width 1e-60
        "(r - 1)**2*((r - 1.7)**2*1e120 - 1 + (r - 1.7 - 1e-70)**2)",
        # log(q) and q**(1/n) - 1 are negative where q < 1: q(0) = 1 + log(2) - log(2 + 1e-40), a little less than 1
        "relu(r - 1)**2*log(1 + relu(r - 1) + log(2) - log(2 + 1e-40))",
        "relu(r - 1)**2*(sqrt(1 + relu(r - 1) + log(2) - log(2 + 1e-40)) - 1)",
        "relu(r - 1)**2*((1 + relu(r - 1) + sqrt(2) - sqrt(2 + 1e-40))**(1/3) - 1)",
        # -max, +min and -relu are not at least any one of their parts; negative near r = exp(0.71) only
        "(r - 1)**2 - max((r - 1)**2, (r - 1)**2 + 1e-60 - abs(log(r) - 0.71))",
        "A**2*log(r)**2 + min(0, abs(log(r) - 0.71) - 1e-60)",
        "A**2*log(r)**2 - relu(1e-60 - abs(log(r) - 0.71))",
        "A**2*log(r)**2 + min(A**2, abs(log(r) - 0.71) - 1e-60) - min(A**2, abs(log(r) - 0.71))",
    ],
)
def test_invalid_formula_is_never_proved(text):
    expr = parse(text)
    decision = decide(expr)
    assert decision.verdict != "proved"
    assert objection(expr, decision) is None


@pytest.mark.timeout(30)
@pytest.mark.parametrize(
    "text",
    [
        # a steep base under a power above 1: |r - 1|**1.35 is flat
        "(abs(r - 1)**0.9)**1.5",
        "(abs(r - 1)**0.5)**3.5*A**2",
        "(abs(log(r)*A)**0.8)**1.5",
    ],
)
def test_valid_formula_is_never_refuted(text):
    assert decide(parse(text)).verdict != "refuted"


@pytest.mark.parametrize(
    "text",
    [
        # f(1, 1/2) = -1, f(1, A) = 0 for every other A
        "where((A - 1/2)**2 <= 0, where((A - 1/2)**2 >= 0, sign(r - 3), (r - 1)**2), (r - 1)**2)",
        "where(A <= 1/2, where(A >= 1/2, 1, 0), 0)",
        "where((A - 1/2)**2 <= 0, 1, 0)*r",
        "1 - sign((A - 1/2)**2)",
        "(r - 1)**2*(A - 1/7)/(A - 1/7)",  # undefined at A = 1/7
    ],
)
def test_a_single_advantage_is_not_overlooked(text):
    assert decide(parse(text)).conditions["zero"].verdict != "proved"


@pytest.mark.parametrize("text", ["abs(r - 1)", "abs(r - 1)*A**2"])
def test_a_kink_is_no_contradiction(text):
    """A slope that is not 0 is no objection to f >= 0."""
    conditions = decide(parse(text)).conditions
    assert (conditions["nonnegative"].verdict, conditions["flat"].verdict) == ("proved", "refuted")
    assert not any("report" in condition.reason for condition in conditions.values())


@pytest.mark.timeout(60)
@pytest.mark.parametrize("text", PROVED[:6])
@pytest.mark.parametrize("shape", ["3*({})", "abs(A)*({})", "({}) + (r - 1)**2", "max({}, log(r)**2)"])
def test_metamorphic_relations(text, shape):
    """f valid => c f, h(A) f with h >= 0, f + g and max(f, g) are valid: proved or unknown, never refuted."""
    assert decide(parse(shape.format(text))).verdict != "refuted"


@pytest.mark.timeout(60)
@pytest.mark.parametrize("text", PROVED[:6])
def test_a_negative_dent_is_never_proved(text):
    for dent in ("- 1e-9*(r - 1)**2*abs(A)**9*r**9", "- 1e-30", "- 1e-12*abs(r - 1)"):
        assert decide(parse(f"{text} {dent}")).verdict != "proved"
