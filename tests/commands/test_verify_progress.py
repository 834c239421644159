"""drift verify and drift check of formulas with progress."""

import io
import json
import sys
from pathlib import Path

import pytest

from discovery.cli import main

pytestmark = pytest.mark.timeout(120)


def records(capsys):
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_formulas_files_objectives_and_certificates(capsys, tmp_path, monkeypatch):
    """All ways in at once; certificates that `drift check` accepts, and not for another formula."""
    monkeypatch.setattr(sys, "stdin", io.StringIO("progress*(r - 1)**2\n(r - 1)**2  # without\n"))
    objective = "A*r - (1 - progress)*abs(A)*(r - 1)**2"
    code = main(
        ["verify", "--json", "(1 - 2*progress)*(r - 1)**2", "--file", "-", "--objective", objective, "--timeout", "30",
         "--certificate", str(tmp_path)]
    )  # fmt: skip
    refuted, fading, plain, surrogate = records(capsys)
    assert code == 1
    verdicts = [record["verdict"] for record in (refuted, fading, plain, surrogate)]
    assert verdicts == ["refuted", "proved", "proved", "proved"]
    assert refuted["counterexample"] == {"r": "2", "A": "1", "progress": "1", "value": "-1"}
    assert refuted["expression"] == "-(2*progress - 1)*(r - 1)**2"
    assert "progress" in surrogate["expression"]
    assert main(["check", "--json", refuted["certificate"], fading["certificate"], surrogate["certificate"]]) == 0
    assert [record["verdict"] for record in records(capsys)] == ["refuted", "proved", "proved"]
    other = tmp_path / "other.json"
    certificate = json.loads(Path(fading["certificate"]).read_text())
    other.write_text(json.dumps(certificate | {"expression": "progress*(r - 1)"}))
    assert main(["check", "--json", str(other)]) == 1


def test_people_are_told_the_progress_of_a_counterexample(capsys):
    assert main(["verify", "(1 - 2*progress)*(r - 1)**2", "--explain", "--repair", "--timeout", "30"]) == 1
    shown = " ".join(capsys.readouterr().out.split())
    assert "counterexample to nonnegative: r = 2, A = 1, progress = 1, f <= -1" in shown
    assert "repair: relu(-(2*progress - 1)*(r - 1)**2)" in shown


def test_other_symbols_are_refused_still(capsys):
    assert main(["verify", "prog*(r - 1)**2"]) == 2
    assert "unknown symbol 'prog'" in capsys.readouterr().err
