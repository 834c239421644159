"""drift verify --explain, --latex and --repair: what is added, and that nothing is added unasked."""

import json
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import pytest

from discovery.cli import main
from discovery.commands.extras import extras, print_extras
from discovery.expression.parser import parse
from discovery.proof.prove import decide
from discovery.proof.verdict import Decision, unknown_decision

pytestmark = pytest.mark.timeout(60)
CERTIFICATES = Path(__file__).parents[1] / "data" / "certificates"
USUAL = {"expression", "verdict", "conditions", "counterexample", "gauge", "seconds", "certificate"}


@dataclass(frozen=True)
class Evident(Decision):
    """A decision with a certificate."""

    evidence: Any = None


def evident(name):
    certificate = json.loads((CERTIFICATES / f"{name}.json").read_text())
    decision = decide(parse(certificate["expression"]))
    known = {field.name: getattr(decision, field.name) for field in fields(Decision)}
    return Evident(**(known | {"evidence": certificate}))


def test_nothing_is_added_unasked():
    assert extras(evident("spo"), explain=False, latex=False, repair=False, timeout=5) == {}


@pytest.mark.parametrize(("latex", "start"), [(False, "Proposition. f(r, A) = "), (True, "% Needs ")])
def test_the_argument_comes_from_the_certificate(latex, start, capsys):
    decision = evident("spo")
    found = extras(decision, explain=True, latex=latex, repair=False, timeout=5)
    assert found["explanation"].startswith(start)
    print_extras(decision, found)
    assert found["explanation"] in capsys.readouterr().out


def test_what_cannot_be_explained_is_told_and_no_error(capsys):
    for decision in (unknown_decision("r", "no proof"), replace(evident("spo"), evidence={"verdict": "proved"})):
        found = extras(decision, explain=True, latex=False, repair=False, timeout=5)
        assert found == {"explanation": None}
        print_extras(decision, found)
        captured = capsys.readouterr()
        assert captured.out == ""
        assert captured.err


def test_repairs_in_json_and_text(capsys):
    assert main(["verify", "--json", "--repair", "--workers", "1", "abs(r - 1)/2", "(r - 1)**2"]) == 1
    refuted, proved = map(json.loads, capsys.readouterr().out.splitlines())
    assert set(refuted) == set(proved) == USUAL | {"repairs"}
    assert proved["repairs"] == []
    assert refuted["repairs"] == [
        {"expression": "relu(abs(r - 1)/2 - 0.000001)", "kind": "relu_margin", "verdict": "proved"}
    ]
    assert main(["verify", "--repair", "--workers", "1", "abs(r - 1)/2", "1/(r - 1)"]) == 1
    shown = capsys.readouterr().out
    assert "repair: relu(abs(r - 1)/2 - 0.000001)" in shown
    assert "repair: none of the usual ones is proved" in shown


def test_latex_has_standard_output_for_itself(capsys):
    decision = evident("refuted_kink")
    print_extras(decision, extras(decision, explain=False, latex=True, repair=True, timeout=30), latex=True)
    captured = capsys.readouterr()
    lines = captured.out.splitlines()
    assert r"\begin{proposition}" in lines
    assert all(line.startswith(("%", "\\")) or "$" in line for line in lines)
    assert "repair: relu(abs(r - 1)/2 - 0.000001)" in captured.err
    assert main(["verify", "--latex", "--workers", "1", "abs(r - 1)/2"]) == 1
    captured = capsys.readouterr()
    assert "refuted abs(r - 1)/2" not in captured.out
    assert "refuted abs(r - 1)/2" in captured.err
