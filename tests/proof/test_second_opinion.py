"""sympy's opinion: it objects to what is false, is silent on what is valid, and is never taken for a verdict."""

import pytest

from discovery.expression.parser import parse
from discovery.proof import prove, second_opinion
from discovery.proof.prove import decide
from discovery.proof.second_opinion import MAX_NODES, objections
from discovery.proof.verdict import CONDITIONS, Outcome

LONG = " + ".join(f"(r - 1)**{n}" for n in range(2, 30))


@pytest.mark.parametrize(
    ("text", "conditions"),
    [
        ("r - 1", {"flat"}),
        ("exp(A)*log(r)", {"flat"}),
        ("abs(r - 1)", {"flat"}),  # on each side it is smooth
        ("where(r >= 1, 0, 1 - r)", {"flat"}),  # below 1 alone
        ("where(A >= 0, (r - 1)**2, exp(A)*(r - 1))", {"flat"}),  # for A < 0 alone
        ("(r - 1)**2 + 1/1000000", {"zero"}),
        ("exp(A*(r - 1))", {"zero"}),
        ("where(A >= 0, (r - 1)**2, 1 + (r - 1)**2)", {"zero"}),
        ("-exp(A*(r - 1))", {"nonnegative", "zero"}),
        ("-r*sech(A)", {"nonnegative", "zero", "flat"}),
        ("where(A >= 0, (r - 1)**2, -r)", {"nonnegative", "zero", "flat"}),
    ],
)
def test_it_objects_to_each_condition_that_fails(text, conditions):
    found = objections(parse(text))
    assert set(found) == conditions <= set(CONDITIONS)
    assert all("sympy" in reason for reason in found.values())


@pytest.mark.parametrize(
    "text",
    [
        "0",
        "(r - 1)**2",
        "r - 1 - log(r)",
        "abs(A)*(r - 1)**2",
        "relu((r - clip(r, 4/5, 6/5))*A)",
        "where(A >= 0, relu((r - 1)*A - 2*tanh((r - 1)*A/2)), relu(log(r)*A - 0.6*tanh(log(r)*A/0.6)))",
        "abs(r - 1)**1.5",
        "sqrt((r - 1)**4)",
        "where(r >= 1, (r - 1)**2, -(r - 1)**3)",
    ],
)
def test_it_is_silent_on_valid_formulas(text):
    assert objections(parse(text)) == {}


@pytest.mark.parametrize("text", ["relu(r - A**2)", "abs(r + A**2 - 2)", "max(r, 2 - A**2)", f"r - 1 + {LONG}"])
def test_it_has_no_opinion_on_kinks_and_on_long_formulas(text):
    """None of them is flat."""
    assert second_opinion.size_and_depth(parse(LONG))[0] > MAX_NODES
    assert objections(parse(text)) == {}


@pytest.mark.parametrize("condition", CONDITIONS[1:])
def test_an_objection_makes_a_proof_unknown_and_asks_for_a_report(condition, monkeypatch):
    monkeypatch.setattr(second_opinion, "objections", lambda expr: {condition: "sympy knows better."})
    decision = decide("(r - 1)**2")
    assert (decision.verdict, decision.evidence) == ("unknown", None)
    verdicts = {name: str(found.verdict) for name, found in decision.conditions.items()}
    assert verdicts == {**dict.fromkeys(CONDITIONS, "proved"), condition: "unknown"}
    reason = decision.conditions[condition].reason
    assert reason == f"sympy knows better. {prove.REPORT}"
    assert "please report" in reason


def test_a_rule_that_errs_is_caught(monkeypatch):
    monkeypatch.setattr(prove, "flat", lambda expr: Outcome.proved("a rule that errs", ""))
    decision = decide("abs(r - 1)")
    assert decision.verdict == "unknown"
    assert "slope at r = 1" in decision.conditions["flat"].reason
    assert "please report" in decision.conditions["flat"].reason


def test_a_refutation_is_not_asked_about(monkeypatch):
    asked = []
    monkeypatch.setattr(second_opinion, "objections", lambda expr: asked.append(expr) or {})
    assert decide("A*(r - 1)").verdict == "refuted"
    assert asked == []
    assert decide("(r - 1)**2").verdict == "proved"
    assert asked == [parse("(r - 1)**2")]


def test_sympy_that_falls_over_has_no_opinion(monkeypatch):
    def fall_over(expr):
        raise RecursionError

    monkeypatch.setattr(second_opinion, "objections", fall_over)
    assert decide("(r - 1)**2").verdict == "proved"
