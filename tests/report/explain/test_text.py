"""Arguments as text: complete, in order, within 100 columns, and true to the certificate."""

import copy
import json
import re
from pathlib import Path

import numpy as np
import pytest

from discovery.expression.evaluate import evaluate
from discovery.expression.parser import parse
from discovery.report.explain import explain
from discovery.report.explain.text import polynomial

pytestmark = pytest.mark.timeout(30)
FOLDER = Path(__file__).parents[2] / "data" / "certificates"
SAMPLES = {path.stem: json.loads(path.read_text()) for path in sorted(FOLDER.glob("*.json"))}
PROVED = [name for name, sample in SAMPLES.items() if sample["verdict"] == "proved"]


def flat(name_or_certificate):
    """The argument on one line."""
    sample = SAMPLES[name_or_certificate] if isinstance(name_or_certificate, str) else name_or_certificate
    return " ".join(explain(sample).split())


def nodes(value):
    """Every JSON object within a value."""
    if isinstance(value, dict):
        yield value
        value = list(value.values())
    for item in value if isinstance(value, list) else []:
        yield from nodes(item)


@pytest.mark.parametrize("name", PROVED)
def test_every_part_of_the_proof_is_told(name):
    text, sample = flat(name), SAMPLES[name]
    assert re.findall(r"\d\. (Defined|Zero|Flat|Non-negative)\.", text) == [
        "Defined", "Zero", "Flat", "Non-negative",
    ]  # fmt: skip
    for node in nodes(sample["nonnegative"]):
        if "on" in node:
            assert f"{node['on']} >= 0" in text
            assert f"{node['on']} < 0" in text
        if "by" in node:
            assert f"u = {node['by']}" in text
        for symbol, by in node.get("map", {}).items():
            assert f"{symbol} = {by}" in text
        for generator in node.get("generators", []):
            assert f"{generator[0]} = {generator[1]}({generator[2]})" in text
        if node.get("rule") in ("signs", "sturm", "quadratic", "derivative") and node["poly"]:
            assert polynomial(node["poly"]) in text
    assert text.endswith("This completes the proof.")


@pytest.mark.parametrize("name", SAMPLES)
def test_lines_are_numbered_and_fit(name):
    shown = explain(SAMPLES[name])
    assert max(map(len, shown.splitlines())) <= 100
    numbers = re.findall(r"^ *((?:\d+\.)+) ", shown, re.MULTILINE)
    assert len(set(numbers)) == len(numbers)
    assert numbers[0] == "1."


def test_the_steps_of_a_ladder_are_in_order():
    """log r <= r - 1 for r < 1, as a person would write it: divide by 1 + p, differentiate, done."""
    text = flat("kl_forward")
    steps = ["Case 2: r - 1 < 0", "Put r = 1/(1 + p) with p > 0", "P3 = p*L1 + L1 - p", "Divide P3 by m = p + 1 > 0",
             "At p = 0: P3 = 0", "derivative of P3/m in p is, up to a positive factor, P4 = p",
             "All coefficients of P4 are positive"]  # fmt: skip
    places = [text.index(step) for step in steps]
    assert places == sorted(places)


def test_what_the_certificate_says_is_what_is_told():
    changed = copy.deepcopy(SAMPLES["kl_forward"])
    changed["nonnegative"]["below"] = None
    assert "Case 2: r - 1 < 0 does not occur here." in flat(changed)
    changed["nonnegative"]["above"]["proof"]["start"]["poly"] = [["2", {}]]
    assert "At p = 0 it is, up to a positive factor, 2 >= 0." in flat(changed)
    changed["zero"]["breaks"] = ["-1", "0"]
    assert "For each of A < -1, A = -1, -1 < A < 0, A = 0 and A > 0, inserting r = 1" in flat(changed)


def test_long_polynomials_are_cut_with_their_number_of_terms():
    terms = [("1", {"p": power}) for power in range(40, 0, -1)]
    assert polynomial(terms) == "p**40 + p**39 + p**38 + p**37 + p**36 + p**35 + ... (40 terms)"
    assert polynomial(terms[-2:]) == "p**2 + p"
    assert polynomial([("-3/2", {"p": 1, "e1": 2}), ("1", {})]) == "-1.5*p*e1**2 + 1"
    assert polynomial([]) == "0"


def test_a_refutation_tells_the_point_and_the_arithmetic():
    text = flat("refuted_sign")
    assert "Condition (4), non-negative, fails. At r = 2 and A = -1: f(r, A) <= -4/5." in text
    rows = re.findall(r"2\.\d\. (\S.*?) = (-?[\d.]*\d)(?= |$)", text)
    assert len(rows) == 3
    for term, value in rows:
        assert evaluate(parse(term), {"r": np.float64(2), "A": np.float64(-1)}) == pytest.approx(float(value))


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("refuted_kink", "the derivative of f in r from the right is not 0: f' >= 1/2"),
        ("refuted_kink", "r - 1 = 1e-4 gives 0.50000"),
        ("refuted_jump", "f jumps across 2 - r = 0, by at least 1"),
        ("refuted_jump", "f with the second branch there: 1.0000"),
        ("refuted_domain", "log(A) is not a real number"),
        ("refuted_value", "f(1, A) >= 7737125245533627/4503599627370496 ~ 1.718, and it must be 0"),
        ("refuted_gauge", "f(r, A) + (r - 1) = r - log(r) - 1. This is a valid drift"),
    ],
)
def test_each_kind_of_refutation(name, sentence):
    assert sentence in flat(name)


def test_huge_and_tiny_points_are_written_out():
    certificate = copy.deepcopy(SAMPLES["refuted_sign"])
    certificate["refutation"] |= {"r": str(10**400), "A": f"-1/{10**400}", "value": f"-1/{3**50}"}
    text = flat(certificate)
    assert "..." in text
    assert max(map(len, text.split())) <= 100


@pytest.mark.parametrize(
    "wrong", [{}, {"verdict": "proved", "expression": "r"}, [], {"verdict": "refuted", "expression": "r"}]
)
def test_what_is_no_certificate_is_refused(wrong):
    with pytest.raises(ValueError, match="not a certificate that can be explained"):
        explain(wrong)


@pytest.mark.parametrize("name", SAMPLES)
def test_the_samples_are_right(name):
    checker = pytest.importorskip("discovery.proof.checker")
    assert checker.check(SAMPLES[name]) == SAMPLES[name]["verdict"]


LEAF = {"rule": "range", "claim": "(r - 1)**2"}
POSITIVE = {"rule": "signs", "poly": [["1", {"p": 1}]]}
SHAPES = {  # a node of each rule, true or not: only its words matter here
    "range": ({}, "(r - 1)**2 >= 0, as a power that is never negative"),
    "split": ({"on": "A", "above": LEAF, "below": None}, "Case 2: A < 0 does not occur here"),
    "sum": ({"parts": [LEAF, LEAF]}, "the sum of terms, each non-negative"),
    "product": ({"parts": [LEAF, LEAF]}, "the product of factors, each non-negative"),
    "power": ({"proof": LEAF}, "A power of what is non-negative is non-negative"),
    "any": ({"index": 0, "proof": LEAF}, "A maximum is at least its first argument"),
    "all": ({"parts": [LEAF, LEAF]}, "A minimum is non-negative if its arguments are"),
    "cut": ({"symbol": "u", "value": "0", "above": LEAF, "at": LEAF, "below": LEAF}, "Both sides of a point"),
    "have": ({"fact": LEAF, "proof": LEAF}, "First: "),
    "substitute": (
        {"by": "A*log(r)", "proof": LEAF | {"claim": "u**2"}},
        "only through u = A*log(r). Lemma in one variable",
    ),
    "point": ({"proof": LEAF}, "one of the symbols has a single value"),
    "ladder": (
        {
            "map": {"r": "1/(1 + p)"},
            "generators": [["s1", "root", "1 + p", 2], ["c1", "constant", "log(2)"]],
            "proof": POSITIVE,
        },
        "Write s1 = (1 + p)**(1/2) - 1 >= 0. 4.3. Here c1 = log(2).",
    ),
}  # fmt: skip
STEPS = {
    "signs": ({}, "All coefficients of P1 are positive"),
    "sturm": ({}, "By Sturm's theorem"),
    "quadratic": ({"in": "p", "parts": [POSITIVE] * 3}, "P1 = k2*p**2 + k1*p + k0 is quadratic in p"),
    "derivative": (
        {"in": "p", "multiplier": [["1", {}]], "start": POSITIVE | {"rule": "sturm"}, "slope": POSITIVE},
        "At p = 0 it is, up to a positive factor, P2 = p.",
    ),
}  # fmt: skip


def with_tree(tree):
    return SAMPLES["spo"] | {"nonnegative": {"claim": "(r - 1)**2", **tree}}


def test_every_rule_of_the_format_has_its_words():
    readme = (FOLDER.parents[2] / "discovery" / "proof" / "README.md").read_text()
    tree, ladder = readme.split("### `ladder`")
    rules = re.findall(r"^\| `(\w+)` \|", tree, re.MULTILINE)
    steps = re.findall(r"^\| `(\w+)` \|", ladder.split("## `defined`")[0], re.MULTILINE)
    assert set(rules) == set(SHAPES)
    assert set(steps) == set(STEPS)
    for rule, (fields, words) in SHAPES.items():
        assert words in flat(with_tree({"rule": rule, **fields})), rule
        assert "by the rule" not in flat(with_tree({"rule": rule, **fields}))
    for rule, (fields, words) in STEPS.items():
        proof = POSITIVE | {"rule": rule, **fields}
        text = flat(with_tree({"rule": "ladder", "map": {"r": "1 + p"}, "generators": [], "proof": proof}))
        assert words in text, rule
    kinds = re.findall(r"^\| `(\w+)` \|", readme.split("## `refutation`")[1], re.MULTILINE)
    for kind in kinds:
        refutation = {"kind": kind, "r": "1", "A": "1", "value": "1", "side": 1, "on": "r - 1", "symbol": "r"}
        assert "fails. At r = 1 and A = 1: " in flat(SAMPLES["refuted_kink"] | {"refutation": refutation})
    assert kinds


def test_a_rule_that_is_new_to_the_format_is_named():
    assert "(r - 1)**2 >= 0 by the rule magic." in flat(with_tree({"rule": "magic"}))
