"""The corpus with known verdicts and the zoo of the literature: right, every one."""

import json
from pathlib import Path

import pytest
from oracle import objection
from zoo import GAUGES, ZOO

from discovery.expression.parser import parse
from discovery.expression.printer import to_text
from discovery.proof.prove import decide

KNOWN = json.loads((Path(__file__).parents[1] / "data" / "known_verdicts.json").read_text())
EXPECTED = {"valid": "proved", "invalid": "refuted"}
CONDITION = {"nonneg": "nonnegative", "gradient": "flat", "zero": "zero"}


@pytest.mark.timeout(30)
@pytest.mark.parametrize("entry", KNOWN, ids=lambda entry: entry["name"])
def test_known_verdict(entry):
    expr = parse(entry["expr"])
    decision = decide(expr)
    assert decision.verdict == EXPECTED[entry["verdict"]]
    failing = {CONDITION[name] for name in entry["failing_condition"].split("+") if name}
    assert {name for name, c in decision.conditions.items() if c.verdict == "refuted"} == failing
    assert objection(expr, decision) is None


@pytest.mark.timeout(30)
@pytest.mark.parametrize("name", ZOO)
def test_zoo(name):
    text, verdict = ZOO[name]
    expr = parse(text)
    decision = decide(expr)
    assert decision.verdict == verdict
    assert decision.gauge == GAUGES.get(name)
    assert decision.expression == to_text(expr)
    assert objection(expr, decision) is None


def test_json_has_exactly_the_documented_keys():
    for text in ("(r - 1)**2", "r - 1", "abs(r - 1)"):
        data = decide(parse(text)).to_json()
        keys = {"expression", "verdict", "conditions", "counterexample", "gauge", "seconds", "certificate"}
        assert set(data) == keys
        assert list(data["conditions"]) == ["defined", "zero", "flat", "nonnegative"]
        assert all(set(c) == {"verdict", "method", "reason"} for c in data["conditions"].values())
        assert data["counterexample"] is None or set(data["counterexample"]) == {"r", "A", "value"}
        assert json.loads(json.dumps(data)) == data
