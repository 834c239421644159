"""Published inequalities in one variable: never a wrong verdict, and a list of those that are still open."""

import json
from fractions import Fraction
from pathlib import Path

import mpmath
import pytest
from fuzz import formulas
from oracle import value_in

from discovery.expression.canonical import canonical
from discovery.expression.node import Symbol, number, substitute
from discovery.expression.parser import ParseError, parse
from discovery.proof.checker import Rejected, check
from discovery.proof.inequality import decide_inequality
from discovery.proof.prove import decide

ENTRIES = json.loads((Path(__file__).parents[1] / "data" / "inequalities.json").read_text())
NAMES = {entry["name"] for entry in ENTRIES}
# True, and not proved yet, with the reason. Whoever proves one takes it off the list; the list may only get shorter.
OPEN = {
    "capacitory_below_triangular": "touches 0 at u = 1 and tends to 0 at u = 0",
    "binary_entropy_root": "touches 0 at u = 1/2 and tends to 0 at both ends, with roots of u and 1 - u",
    "sigmoid_jaakkola_jordan_2": "touches 0 at u = 2 and u = -2 with constants tanh(1), softplus(-2)",
}
SECONDS = 20.0  # on a busy machine; alone the slowest proof takes 3


def ends(entry):
    return {name: Fraction(entry[name]) for name in ("lower", "upper") if entry[name] is not None}


@pytest.mark.timeout(60)
@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry["name"])
def test_published_inequality(entry):
    decision = decide_inequality(entry["phi"], **ends(entry), seconds=SECONDS if entry["name"] not in OPEN else 4.0)
    expected = {"true": "proved", "false": "refuted"}[entry["expected"]]
    if entry["name"] in OPEN:
        expected = "unknown"  # proved by now? then take it off the list
    assert decision.verdict == expected, decision
    assert decision.seconds < SECONDS + 5
    if decision.verdict == "proved":
        assert check(json.loads(json.dumps(decision.evidence))) == "proved"
    if decision.counterexample is not None:
        u = Fraction(decision.counterexample.u)
        assert ends(entry).get("lower", u - 1) < u < ends(entry).get("upper", u + 1)
        value, bound = value_in(parse(entry["phi"], allowed=("u",)), u=u), Fraction(decision.counterexample.value)
        with mpmath.workdps(60):
            assert value < 0
            assert value <= mpmath.mpf(bound.numerator) / bound.denominator * (1 - mpmath.mpf(10) ** -50)


@pytest.mark.parametrize("entry", [e for e in ENTRIES if e["expected"] == "true"], ids=lambda entry: entry["name"])
def test_the_list_itself_holds_numerically(entry):
    phi, found = parse(entry["phi"], allowed=("u",)), ends(entry)
    anchors = {*found.values(), Fraction(0), Fraction(1)}
    sizes = [Fraction(10) ** k * m for k in range(-12, 3) for m in (1, Fraction(16, 10), Fraction(27, 10), 5)]
    points = [anchor + sign * size for anchor in anchors for size in sizes for sign in (1, -1)]
    points = [u for u in points if found.get("lower", u - 1) < u < found.get("upper", u + 1)]
    assert len(points) > 50
    assert min(value_in(phi, u=u) for u in points) > -(mpmath.mpf(10) ** -100)


def test_the_list_is_large_and_has_false_ones():
    assert len(NAMES) == len(ENTRIES) >= 35
    assert sum(entry["expected"] == "false" for entry in ENTRIES) >= 8
    assert set(OPEN) <= {entry["name"] for entry in ENTRIES if entry["expected"] == "true"}
    assert all(entry["source"] for entry in ENTRIES)


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    ("phi", "arguments"),
    [
        ("log(u)**2", {}),  # undefined for u <= 0
        ("log(1 + u)", {"lower": 0, "lower_open": False, "upper": 1, "upper_open": False}),
        ("sqrt(u)", {"lower": 0, "lower_open": False}),
        ("1/u**2", {}),
        ("(u**2 - 2)**2/(u**2 - 2)", {}),
        ("where(u <= 1, 1, -1)", {"upper": 1}),
        ("where(u <= 1, 1, -1)", {"upper": 1, "upper_open": False}),
        ("where(u < 1, 1, -1)", {"upper": 1, "upper_open": False}),
        ("sign((u - 1/3)**2) - 1/2", {}),
        ("where((u - 0.123456789)**2 <= 0, -1, 1)", {}),
        ("exp(u) - 1", {"lower": 0}),
        ("exp(u) - 1", {"lower": Fraction(-1, 10**40)}),
        ("u**2 - 1e-30", {}),
        ("(u - 1.2345678)**2 - 1e-24", {}),
        ("1 - u/1e300", {}),
        ("1 - log(u)/1000", {"lower": 0}),
        ("abs(u - 0.71) - 1e-60", {}),
        ("sqrt((u**2 - 2)**2)", {}),
        ("log(1 + (u**2 - 2)**2)", {}),
    ],
)
def test_ends_jumps_and_windows(phi, arguments):
    """Right where it is decided, whatever the domain: the oracle looks for a failing point on a fine grid."""
    expected = {
        ("log(u)**2", ()): "refuted",
        ("1/u**2", ()): "refuted",
        ("where(u < 1, 1, -1)", ("upper", "upper_open")): "refuted",
        ("exp(u) - 1", ("lower",)): None,
    }
    decision = decide_inequality(phi, **arguments)
    valid = {
        ("log(1 + u)", 0), ("sqrt(u)", 0), ("where(u <= 1, 1, -1)", 1), ("exp(u) - 1", 0),
        ("sqrt((u**2 - 2)**2)", None), ("log(1 + (u**2 - 2)**2)", None),
    }  # fmt: skip
    anchor = arguments.get("lower", arguments.get("upper"))
    assert decision.verdict != ("refuted" if (phi, anchor) in valid else "proved"), decision
    wanted = expected.get((phi, tuple(arguments)))
    assert wanted is None or decision.verdict == wanted


def test_simple_ones_are_decided():
    assert decide_inequality("u**2").verdict == "proved"
    assert decide_inequality("log(u)", lower=1, lower_open=False).verdict == "proved"
    assert (
        decide_inequality("sqrt(1 - u**2)", lower=-1, upper=1, lower_open=False, upper_open=False).verdict == "proved"
    )
    refuted = decide_inequality("u")
    assert refuted.verdict == "refuted"
    assert Fraction(refuted.counterexample.u) < 0
    assert refuted.counterexample.value == refuted.counterexample.u
    assert decide_inequality("log(u)", lower=0).to_json()["counterexample"]["u"] == "1/2"


def test_bad_arguments_are_named():
    with pytest.raises(ParseError, match="allowed: u"):
        decide_inequality("r - 1")
    with pytest.raises(ValueError, match="in u alone, not in A, r"):
        decide_inequality(parse("r*A"))
    with pytest.raises(ValueError, match="empty"):
        decide_inequality("u", lower=1, upper=1)


@pytest.mark.timeout(120)
@pytest.mark.parametrize("batch", range(2))
def test_random_formulas_agree_with_the_prover_of_drifts(batch):
    """phi(u) = f(u, A) at a fixed A on u > 0 is the condition f >= 0 of an f in r alone: never the opposite verdict."""
    both = 0
    for index, text in enumerate(formulas(40, seed=100 + batch)):
        try:
            drift = canonical(substitute(parse(text), {"A": number(("0.37", "-2", "1")[index % 3])}))
        except ValueError:  # a division by zero at this A
            continue
        phi = substitute(drift, {"r": Symbol("u")})
        decision = decide_inequality(phi, lower=0)
        assert "error" not in decision.reason, (text, decision)
        sign = decide(drift, gauge=False).conditions["nonnegative"].verdict
        assert {decision.verdict, sign} != {"proved", "refuted"} or decision.counterexample.value == "undefined", text
        both += "unknown" not in (decision.verdict, sign)
        if decision.verdict == "proved":
            for k in range(-30, 31):
                value = value_in(phi, u=Fraction(10) ** k * Fraction(7, 5))
                assert not value < -(mpmath.mpf(10) ** -100), (text, k)
    assert both > 20


@pytest.mark.parametrize(
    ("phi", "arguments"),
    [
        ("log(1 + (u**2 - 2)**2)", {}),
        ("sqrt(u - log(1 + u))", {"lower": -1}),  # defined by a proof
        ("1/(1 + u**2 - u)", {}),
        ("where(u <= 0, 0, u*log(1 + 1/u))", {}),
        ("softplus(u) - relu(u)", {"lower": -1, "upper": 2, "lower_open": False, "upper_open": False}),
    ],
)
def test_a_proof_holds_for_its_own_inequality_alone(phi, arguments):
    evidence = decide_inequality(phi, **arguments).evidence
    assert check(evidence) == "proved"
    changed = [
        {"inequality": f"{phi} - 1e-30"},
        {"inequality": f"({phi})*where((u - 1/2)**2 <= 0, -1, 1)"},
        {"inequality": f"{phi} + 0*log(u - 1/2)"},
        {"defined": {}},
        {"defined": {"obligations": {"u": {"sign": 1, "margin": "0", "proof": evidence["nonnegative"]}}}},
        {"region": ["1", "0", True, True]},
        {"region": [None, None, 0, 0]},
    ]
    for change in changed:
        with pytest.raises(Rejected):
            check({**evidence, **change})
