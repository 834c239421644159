# ruff: noqa: E501
"""Relations between verdicts: what follows for g from the verdict on f, whatever f is.

The valid drifts form a convex cone that is closed under max, under h(A) f with h >= 0 continuous, and under r -> 1/r
(r = 1 is kept, and so is r > 0; the slope at 1 changes its sign and stays 0). Equal functions have equal verdicts.
"""

import pytest
from zoo import ZOO

from discovery.expression.parser import parse
from discovery.expression.printer import to_text
from discovery.proof.prove import decide

VALID = (
    "relu((r - clip(r, 0.8, 1.2))*A)",
    "relu((r - 1)*A - 2*tanh((r - 1)*A/2))",
    "abs(A)*(r - 1)**2/0.4",
    "r - 1 - log(r)",
    "log(r)**2",
    "log(cosh((r - 1)*A))",
    "1 - exp(-(A*log(r))**2)",
    "where(A >= 0, A*(r - 1)**2, -0.37*A*log(r)**2)",
    "(sqrt(r) - 1)**2*tanh(A)**2",
)
INVALID = {  # formula: a condition that fails, for every positive multiple too
    "abs(r - 1)": "flat",
    "(r - 1)*A": "nonnegative",
    "(r - 1)**2 + 1e-9": "zero",
    "(r - 1)**2 - (r - 1)**4/1e6": "nonnegative",
    "(r - 1)**2/(A - 1)**2": "defined",
}
CONE = ("0.37*({f})", "1e-9*({f})", "1e9*({f})", "({f})/7", "({f})**2", "({f})*(r + 1/r)", "tanh({f})")
WEIGHTS = (
    "abs(A)",
    "A**2",
    "exp(A)",
    "relu(A)",
    "sigmoid(-A)",
    "1/(1 + A**2)",
    "where(A >= 0, 1 + A, 1)",
    "max(A, 0.1)",
)
# Valid and not proved yet; the list may only get shorter.
OPEN: set[str] = set()


def verdict(text: str) -> str:
    return decide(parse(text)).verdict


def proved(text: str) -> None:
    canonical = to_text(parse(text))
    found = verdict(text)
    assert found == ("unknown" if canonical in OPEN else "proved"), canonical


@pytest.mark.timeout(60)
@pytest.mark.parametrize("f", VALID)
@pytest.mark.parametrize("shape", CONE)
def test_positive_multiples_and_powers_are_valid(f, shape):
    proved(shape.format(f=f))


@pytest.mark.timeout(60)
@pytest.mark.parametrize("f", VALID)
@pytest.mark.parametrize("h", WEIGHTS)
def test_weights_that_depend_on_the_advantage_keep_validity(f, h):
    proved(f"{h}*({f})")


@pytest.mark.timeout(60)
@pytest.mark.parametrize("f", VALID)
@pytest.mark.parametrize("shape", ["({f}) + ({g})", "max({f}, {g})", "min({f}, {g})", "({f})*({g})"])
def test_sums_extrema_and_products_are_valid(f, shape):
    for g in VALID[VALID.index(f) + 1 :][:4]:
        proved(shape.format(f=f, g=g))


def inverted(text: str) -> str:
    """f(1/r), in the text of the language."""
    from discovery.expression.canonical import canonical
    from discovery.expression.node import RATIO, power, substitute

    return to_text(canonical(substitute(parse(text), {"r": power(RATIO, -1)})))


@pytest.mark.timeout(60)
@pytest.mark.parametrize("f", [*VALID, *INVALID])
def test_inverting_the_ratio_keeps_the_verdict(f):
    found = verdict(inverted(f))
    expected = "refuted" if f in INVALID else "unknown" if inverted(f) in OPEN else "proved"
    assert found == expected


@pytest.mark.timeout(60)
@pytest.mark.parametrize("f", INVALID)
@pytest.mark.parametrize("shape", ["0.37*({f})", "({f})/1e9", "({f})*(1 + exp(-A**2))", "({f})*(r + 1/r)"])
def test_positive_factors_keep_a_refutation(f, shape):
    decision = decide(parse(shape.format(f=f)))
    assert decision.conditions[INVALID[f]].verdict == "refuted", decision.conditions


@pytest.mark.timeout(60)
@pytest.mark.parametrize("f", [*VALID, *INVALID])
@pytest.mark.parametrize("mirror", [{"A": "-A"}, {"A": "2*A"}, {"A": "sinh(A)"}])
def test_a_change_of_the_advantage_keeps_the_verdict(f, mirror):
    """A -> -A, 2 A, sinh(A) map the line onto itself: never the opposite verdict."""
    from discovery.expression.node import substitute

    expr = substitute(parse(f), {name: parse(text) for name, text in mirror.items()})
    assert decide(expr).verdict != ("proved" if f in INVALID else "refuted")


EQUAL = (
    ("(r - 1)**2*abs(A)", "abs(A)*(1 - r)**2", "abs(A*(r - 1)**2)", "where(A >= 0, A, -A)*(r - 1)**2"),
    ("relu((r - 1)*A - tanh((r - 1)*A))", "max(0, A*r - A - tanh(A*r - A))", "where(A*(r - 1) >= 0, (r - 1)*A - tanh((r - 1)*A), 0)"),
    ("log(r)**2", "log(1/r)**2", "4*log(sqrt(r))**2", "abs(log(r))**2"),
    ("cosh(A*log(r)) - 1", "(r**A + r**(-A))/2 - 1", "(exp(A*log(r)) + exp(-A*log(r)) - 2)/2", "2*sinh(A*log(r)/2)**2"),
    ("r - 1 - log(r)", "r + log(1/r) - 1", "exp(log(r)) - 1 - log(r)", "-log(r*exp(1 - r))"),
    ("abs(r - 1)", "max(r - 1, 1 - r)", "sqrt((r - 1)**2)", "relu(r - 1) + relu(1 - r)", "sign(r - 1)*(r - 1)"),
    ("(r - 1)**2 - (r - 1)**4", "(r - 1)**2*r*(2 - r)", "(r - 1)**2*(1 - (r - 1)**2)"),
    ("(r - 1)*tanh(A)", "tanh(A)*r - tanh(A)", "(r - 1)*(1 - 2/(1 + exp(2*A)))"),
)  # fmt: skip


@pytest.mark.timeout(60)
@pytest.mark.parametrize("forms", EQUAL, ids=lambda forms: forms[0])
def test_equal_forms_have_equal_verdicts(forms):
    found = {form: verdict(form) for form in forms if to_text(parse(form)) not in OPEN}
    assert len(set(found.values())) == 1, found
    assert "unknown" not in found.values()


@pytest.mark.timeout(60)
@pytest.mark.parametrize("name", ZOO)
def test_the_relu_of_a_flat_zoo_drift_is_never_refuted_for_its_sign(name):
    decision = decide(parse(f"relu({ZOO[name][0]})"))
    assert decision.conditions["nonnegative"].verdict == "proved", decision.conditions
