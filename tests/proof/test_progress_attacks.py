"""Attacks on proofs for every progress in [0, 1]: false formulas near each rule, and certificates that must not pass.

Each false formula stands beside the step that would prove it if that step were too generous:

- the ends and the breaks: `test_false_at_single_values` (a value of progress that is left out);
- all values between two breaks at once: `test_false_between_the_breaks` (a proof from samples, signs or slopes that
  hold for some values alone), `test_what_is_false_at_irrational_progress_is_never_proved`;
- no value of progress is exempted as lines r = c and A = c are: `test_no_value_of_progress_is_exempted`;
- pieces are scaled: `test_blocks_are_of_their_own_piece`, `test_mutants_are_rejected`;
- 0*x is read as 0 where x is defined alone: `test_a_factor_0_hides_nothing_undefined`.
"""

import json
from fractions import Fraction
from random import Random

import pytest
from fuzz import problem_with
from mutations import mutants

from discovery.expression.node import DRIFT_SYMBOLS
from discovery.expression.parser import parse
from discovery.proof.checker import Rejected, check, nonnegative
from discovery.proof.checker.expression import forget, read
from discovery.proof.checker.interval import NONNEGATIVE
from discovery.proof.checker.region import during
from discovery.proof.moments import at, breaks
from discovery.proof.prove import decide
from discovery.proof.verdict import Verdict

SQUARE = "(r - 1)**2"
SAMPLE = 30  # mutants of each certificate
AT_SINGLE_VALUES = (  # valid for almost every progress
    f"{SQUARE}/progress",
    f"{SQUARE}*log(progress)**2",
    f"{SQUARE}/(progress - 1/3)",
    f"{SQUARE}/(progress - 1/3)**2",
    f"{SQUARE}/(1 - progress)**2",
    f"{SQUARE}*progress**(-1/2)",
    "relu(A*(r - 1) - progress*tanh(A*(r - 1)/progress))",  # a scale that vanishes at 0
    "relu(A*(r - 1) - (progress - 1/2)*tanh(A*(r - 1)/(progress - 1/2)))",  # one that changes its sign
    "relu(A*(r - clip(r, 1 - progress, 1 + progress)))",  # the kink of PPO without a clip, at 0
    "abs(log(r))**(1 + progress)",
    f"(2*sign((progress - 1/3)**2) - 1)*{SQUARE}",
    f"where(abs(progress - 1/3) <= 0, -1, 1)*{SQUARE}",
    f"where(progress <= 0, -1, 1)*{SQUARE}",
    f"where(progress < 1, 1, -1)*{SQUARE}",
    f"where(progress >= 1/7, where(progress <= 1/7, -1, 1), 1)*{SQUARE}",
    f"where(A > 0, 1/progress, 1)*{SQUARE}*A**2",
    f"relu({SQUARE}/progress)",
)
BETWEEN = (  # valid at some values, mostly at 0 and 1
    f"(progress - 1/2)*{SQUARE}",
    f"(1 - 2*progress)*abs(A)*{SQUARE}",
    f"((progress - 1/3)**2 - 1/1000)*{SQUARE}",
    f"((progress - 1/3)**2 - 1e-8)*{SQUARE}",  # negative on an interval of length 2e-4
    f"((progress**2 - 1/2)**2 - 1e-6)*{SQUARE}",
    f"(exp(progress) - 1.01 - progress)*{SQUARE}",
    f"(exp(progress) - 1 - 1.4*progress)*{SQUARE}",
    f"sqrt(progress - 1/10)*{SQUARE}",
    f"log(1/2 + (progress - 1/2)**2)*{SQUARE}",
    f"max((progress - 1)*{SQUARE}, -progress*{SQUARE})",
    f"max(progress*(1 - 2*progress)*{SQUARE}, -(r - 1)**4)",
    f"min(progress*{SQUARE}, (1 - 2*progress)*log(r)**2)",
    f"{SQUARE} - 1.001*progress*{SQUARE}",
    "progress*(1 - progress)*(r - 1)",
    "progress*(1 - progress)*(1 - 2*progress)*(1 - 4*progress)*(3 - 4*progress)*(r - 1)",  # valid at quarters
    f"{SQUARE} + progress*(1 - progress)*(1 - 2*progress)*(1 - 4*progress)*(3 - 4*progress)",
    f"{SQUARE} + progress*(1 - progress)*(r - 1)*tanh(A)",
    "relu(A*(r - 1) - (1 + progress)*tanh(A*(r - 1)))",  # a slope of 0 at 0 alone
    "relu(A*(r - 1) - (1 + progress)*tanh(A*(r - 1)/(1 + progress**2)))",  # and at 0 and 1 alone
    "progress*(1 - progress)*abs(r - 1)",
    "abs(A*(r - 1) - tanh(A*(r - 1)) + progress*(1 - progress)*A*(r - 1))",
    "A*(r - clip(r, 1 - (1 + progress)/5, 1 + (1 + progress)/5))",
    "A*(r - 1) - (1 + progress)*tanh(A*(r - 1)/(1 + progress))",
    "A*(r - 1)*tanh((1 - 2*progress)*A*(r - 1))",
    "r - 1 - log(r) - progress*(r - 1)**2/2",
    "(r - 1)**2 - 2*progress*(r - 1)*tanh(r - 1)",
    "where(r > 1 + progress, (r - 1)**2, 0)",  # jumps at r = 1 + progress
    f"where(A > progress, 2, 1)*{SQUARE}",  # jumps at A = progress
    f"where(A*progress > 1/4, 2, 1)*{SQUARE}",
    f"where(progress < 1/2, 1, where(A > progress, 2, 1))*{SQUARE}",
    f"where(progress < 1/3, 1, -1)*{SQUARE}",
    f"where(progress < 1/3, {SQUARE}, abs(r - 1))",
    "progress*(r - 1)**2 + (1 - progress)*(r - 1)",
    f"progress*{SQUARE} - (1 - progress)*(r - 1 - log(r))",
)
VALID = (
    f"progress*{SQUARE}",
    f"(1 - progress)*abs(A)*{SQUARE}",
    f"((progress - 1/3)**2 + 1/1000)*{SQUARE}",
    f"(progress - 1/3)**2*{SQUARE}",
    f"(exp(progress) - 1 - progress)*{SQUARE}",
    f"{SQUARE}/(progress + 1/100)",
    f"sqrt(progress)*{SQUARE}",
    f"{SQUARE} - progress*{SQUARE}",
    "relu(A*(r - 1) - 2*(1 + 3*progress)*tanh(A*(r - 1)/(2*(1 + 3*progress))))",
    "relu(A*(r - clip(r, 1 - (1 + progress)/5, 1 + (1 + progress)/5)))",
    "relu(A*log(r) - clip(A*log(r), -exp(-2*progress), exp(-2*progress)))",
    "progress*relu(A*(r - 1) - tanh(A*(r - 1))) + (1 - progress)*(r - 1 - log(r))",
    "where(A >= 0, progress*A**2*(r - 1)**2, (1 - progress)*relu(A*log(r) - 3*tanh(A*log(r)/3)))",
    f"where(progress < 1/3, {SQUARE}, abs(A)*log(r)**2)",  # a jump in progress is allowed
    f"max(progress*{SQUARE}, (1 - progress)*log(r)**2)",
    f"tanh(progress*abs(A)*{SQUARE})/(1 + 4*progress)",
)


def formula(text):
    return parse(text, allowed=DRIFT_SYMBOLS)


def refuted_at(text):
    """The value of progress of a counterexample that the oracle of the fuzzers finds in order."""
    decision = decide(text)
    assert decision.verdict is Verdict.REFUTED, (text, decision)
    assert decision.evidence is not None
    moment = Fraction(decision.evidence["progress"])
    assert 0 <= moment <= 1
    assert check(json.loads(json.dumps(decision.evidence))) == "refuted"
    if decision.counterexample is not None:
        assert decision.counterexample.progress == str(moment)
        try:
            expr = at(formula(text), moment)
        except ValueError:  # a division by zero
            assert decision.counterexample.value == "undefined"
        else:
            assert problem_with(expr, decision) is None
    return moment


@pytest.mark.parametrize("text", AT_SINGLE_VALUES)
def test_false_at_single_values(text):
    refuted_at(text)


@pytest.mark.parametrize("text", BETWEEN)
def test_false_between_the_breaks(text):
    refuted_at(text)


@pytest.mark.parametrize(
    "text",
    [
        f"(2*sign((progress**2 - 1/2)**2) - 1)*{SQUARE}",
        f"where(abs(progress**2 - 1/2) <= 0, -1, 1)*{SQUARE}",
        f"{SQUARE}/(progress**2 - 1/2)**2",
        f"{SQUARE}*log(abs(progress**3 - 1/3))**2",
        f"((progress**2 - 1/2)**2 - 1e-40)*{SQUARE}",
        f"where(A > progress**2 - 1/2, where(A < progress**2 - 1/2, 2, 1), 1)*where(A >= 1e9, 2, 1)*{SQUARE}",
    ],
)
def test_what_is_false_at_irrational_progress_is_never_proved(text):
    assert decide(text).verdict is not Verdict.PROVED


@pytest.fixture(scope="module")
def certificates():
    """As a reader gets them: from JSON."""
    decisions = {text: decide(text) for text in VALID}
    assert {decision.verdict for decision in decisions.values()} == {Verdict.PROVED}, decisions
    return {text: json.loads(json.dumps(decision.evidence)) for text, decision in decisions.items()}


def test_valid_formulas_are_proved_with_a_certificate(certificates):
    for text, certificate in certificates.items():
        assert check(certificate) == "proved", text
        assert certificate["breaks"] == [str(place) for place in breaks(formula(text))]


def test_json_of_a_counterexample():
    """With progress {r, A, progress, value}; a formula without it keeps its shape."""
    with_progress = decide(f"(progress - 1/2)*{SQUARE}").to_json()["counterexample"]
    assert list(with_progress.items()) == [("r", "2"), ("A", "1"), ("progress", "0"), ("value", "-1/2")]
    assert list(decide(f"-{SQUARE}").to_json()["counterexample"]) == ["r", "A", "value"]


def test_mutants_are_rejected(certificates):
    """A sample of every change that makes a certificate wrong: of claims, sub-formulas, constants, blocks, breaks."""
    rng, tried, passed = Random(5), 0, []
    false = [json.loads(json.dumps(decide(text).evidence)) for text in (AT_SINGLE_VALUES[3], *BETWEEN[2:4])]
    for certificate in [*certificates.values(), *false]:
        found = list(mutants(certificate))
        for operator, path, mutant in rng.sample(found, min(SAMPLE, len(found))):
            tried += 1
            if accepts(mutant):
                passed.append((certificate["expression"], operator, path, mutant))
    assert not passed, passed[:3]
    assert tried > 10 * SAMPLE


def accepts(certificate):
    try:
        check(certificate)
    except Rejected:
        return False
    return True


def rejected(certificate, reason=None):
    with pytest.raises(Rejected, match=reason):
        check(certificate)


def test_the_breaks_cover_the_whole_interval(certificates):
    good = certificates[f"sqrt(progress)*{SQUARE}"]
    blocks, between = good["at"], good["between"]
    for places in ("0", "1", "", "0 1/2", "1/2 1", "-1 1", "0 2", "1 0", "0 0 1"):
        rejected({**good, "breaks": places.split()}, "breaks")
    rejected({**good, "breaks": "01"}, "list")
    rejected({**good, "at": blocks[:1]}, "one block")
    rejected({**good, "at": []}, "one block")
    rejected({**good, "between": []}, "one block")
    rejected({**good, "breaks": ["0", "1/2", "1"], "at": [*blocks, blocks[1]]}, "one block")
    rejected({**good, "breaks": ["0", "1/2", "1"], "at": [blocks[0], *blocks], "between": between * 2})
    rejected({name: value for name, value in good.items() if name != "breaks"})
    rejected({**good, "progress": "1/2"})


def test_blocks_are_of_their_own_piece(certificates):
    """Blocks that prove one piece prove no other; a formula in r and A does not take those of one with progress."""
    good = certificates[f"where(progress < 1/3, {SQUARE}, abs(A)*log(r)**2)"]
    assert good["breaks"] == ["0", "1/3", "1"]
    rejected({**good, "between": good["between"][::-1]})
    rejected({**good, "at": [good["at"][1], *good["at"][1:]]})
    rejected({**good, "breaks": ["0", "1/2", "1"]})
    plain = certificates[f"progress*{SQUARE}"]
    fading = certificates[f"{SQUARE} - progress*{SQUARE}"]
    assert check({**plain, "expression": f"{SQUARE}*progress"}) == "proved"
    rejected({**fading, "expression": f"{SQUARE} - 2*progress*{SQUARE}"}, "progress")
    rejected({**plain, "between": fading["between"]})
    rejected({"format": plain["format"], "expression": plain["expression"], "verdict": "proved", **plain["between"][0]})


def test_a_formula_with_progress_needs_blocks():
    alone = json.loads(json.dumps(decide(SQUARE).evidence))
    assert check(alone) == "proved"
    rejected({**alone, "expression": f"{SQUARE} + 0*progress"})
    refuted = json.loads(json.dumps(decide(f"(1 - 2*progress)*{SQUARE}").evidence))
    assert refuted["progress"] == "1"
    for other in ("0", "1/2", "3", "-1", "1.0", 1, None):
        rejected({**refuted, "progress": other})
    rejected({name: value for name, value in refuted.items() if name != "progress"})
    rejected({**refuted, "gauge": {"c": "1", "proof": alone}}, "gauge")


@pytest.fixture
def fresh():
    forget()


@pytest.mark.usefixtures("fresh")
def test_no_value_of_progress_is_exempted():
    """f = -(r - 1)**2 at progress = 1/2 and (r - 1)**2 elsewhere: a line that may be left out would prove it."""
    text = "where(progress >= 1/2, where(progress <= 1/2, -1, 1), 1)*(r - 1)**2"
    node = {"rule": "range", "claim": "(r - 1)**2"}
    cut = {"rule": "cut", "claim": text, "symbol": "progress", "value": "1/2", "above": node, "at": None, "below": node}
    with pytest.raises(Rejected):
        nonnegative.check(read(text, DRIFT_SYMBOLS), cut, during())
    allowed = text.replace("-1", "2")
    at_half = {"rule": "range", "claim": "2*(r - 1)**2"}
    nonnegative.check(read(allowed, DRIFT_SYMBOLS), {**cut, "claim": allowed, "at": at_half}, during())


@pytest.mark.usefixtures("fresh")
def test_a_ladder_does_not_stand_on_a_closed_end_of_progress():
    """Its map covers (lo, hi) and not lo: where progress >= 1/2, nothing would be said of 1/2."""
    ladder = {
        "rule": "ladder", "claim": "progress - 1/2", "map": {"progress": "(1 + q/2)/(1 + q)"}, "generators": [],
        "proof": {"rule": "signs", "poly": [["1", {}]]},
    }  # fmt: skip
    claim, region = read("progress - 1/2", DRIFT_SYMBOLS), during()
    case = region.having(claim, NONNEGATIVE)
    assert case is not None
    with pytest.raises(Rejected, match="closed end"):
        nonnegative.check(claim, ladder, case)
    whole = {**ladder, "claim": "progress", "map": {"progress": "1/(1 + q)"}}
    nonnegative.check(read("progress", DRIFT_SYMBOLS), whole, region)
    with pytest.raises(Rejected, match="cover"):
        nonnegative.check(claim, {**whole, "map": {"progress": "(1 + q/2)/(1 + q)"}, "claim": "progress - 1/2"}, region)


def test_a_factor_0_hides_nothing_undefined():
    """At progress = 1 the logarithm stands beside a factor 0, and is undefined all the same."""
    for hidden in ("log(A)", "1/A", "sqrt(A)", "log(r - 1)", "A**(-1/2)"):
        text = f"(r - 1)**2 + (1 - progress)*where(progress < 1, 0, {hidden})"
        assert decide(text).verdict is not Verdict.PROVED
    harmless = "(r - 1)**2 + (1 - progress)*where(progress < 1, 0, where(A >= 0, 1, 2))"
    assert decide(harmless).verdict is Verdict.PROVED
