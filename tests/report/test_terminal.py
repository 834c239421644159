"""Tables for the terminal."""

from types import SimpleNamespace

import pytest

from discovery.proof.verdict import Verdict
from discovery.report.tally import Tally
from discovery.report.terminal import counted, print_front


def member(expression, **more):
    return {"complexity": 5, "nmse": 0.1, "heldout_nmse": 0.2, "verdict": "proved", "ties": [],
            "expression": expression, **more}  # fmt: skip


def test_the_chosen_formula_has_a_star(capsys):
    print_front([member("(r - 1)**2", selected=False), member("abs(A)*(r - 1)**2", selected=True), member("r")])
    out = capsys.readouterr().out
    assert "* chosen" in out
    starred = [line for line in out.splitlines() if line.startswith("│ *")]
    assert len(starred) == 1
    assert "abs(A)" in starred[0]


@pytest.mark.parametrize(("number", "text"), [(0, "0 formulas"), (1, "1 formula"), (2000, "2,000 formulas")])
def test_one_formula_is_no_plural(number, text):
    assert counted(number, "formula") == text


def test_the_tally_of_one_formula():
    tally = Tally(1)
    tally.count(SimpleNamespace(verdict=Verdict.PROVED))
    assert tally.summary.startswith("1 of 1 formula decided in ")
