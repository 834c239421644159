"""drift check: exit codes and output; what the checker accepts is the business of tests/proof/checker."""

import json
import sys
from pathlib import Path
from types import ModuleType

import pytest

from discovery.cli import main

CERTIFICATES = Path(__file__).parents[1] / "data" / "certificates"
GOOD, BAD = CERTIFICATES / "kl_forward.json", CERTIFICATES / "refuted_sign.json"


class Rejected(ValueError):  # noqa: N818 - the checker's name
    """A stand-in for the checker's."""


def fake_check(certificate):
    """Accept proofs, reject refutations, fall over for anything else."""
    if certificate["verdict"] != "proved":
        raise Rejected("refutation: f(2, -1) is\nnot negative")
    return certificate["verdict"]


@pytest.fixture
def checker(monkeypatch):
    module = ModuleType("discovery.proof.checker")
    module.Rejected, module.check = Rejected, fake_check  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "discovery.proof.checker", module)


@pytest.mark.usefixtures("checker")
def test_accepted_and_rejected(capsys):
    assert main(["check", str(GOOD)]) == 0
    assert capsys.readouterr().out == f"{GOOD}: accepted: proved r - log(r) - 1\n"
    assert main(["check", str(GOOD), str(BAD)]) == 1
    assert capsys.readouterr().out.splitlines()[1] == f"{BAD}: rejected: refutation: f(2, -1) is not negative"


@pytest.mark.usefixtures("checker")
def test_json_is_one_object_a_file(capsys):
    assert main(["check", "--json", str(GOOD), str(BAD)]) == 1
    good, bad = map(json.loads, capsys.readouterr().out.splitlines())
    assert good == {
        "file": str(GOOD), "expression": "r - log(r) - 1", "verdict": "proved", "accepted": True, "reason": "",
    }  # fmt: skip
    assert (bad["accepted"], bad["verdict"]) == (False, None)
    assert bad["expression"] == "A*(r - clip(r, 0.8, 1.2))"


@pytest.mark.usefixtures("checker")
def test_a_checker_that_falls_over_accepts_nothing(capsys, tmp_path):
    path = tmp_path / "list.json"
    path.write_text("[1, 2]")
    assert main(["check", "--json", str(path)]) == 1
    record = json.loads(capsys.readouterr().out)
    assert (record["accepted"], record["expression"]) == (False, None)
    assert record["reason"].startswith("the checker failed: TypeError")


@pytest.mark.usefixtures("checker")
@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "cannot read"),
        (b"{", "is not JSON"),
        (b"\xff\xfe\x00", "is not JSON"),
        (b'{"verdict": "refuted", "verdict": "proved"}', "a key is given twice"),
        (b'{"value": NaN}', "NaN is not allowed"),
        (b"[" * 100_000, "nested too deeply"),
    ],
)
def test_a_file_that_is_no_json_is_told_and_the_others_are_checked(content, message, capsys, tmp_path):
    path = tmp_path / "c.json"
    if content is not None:
        path.write_bytes(content)
    assert main(["check", str(path), str(GOOD), str(path)]) == 2
    captured = capsys.readouterr()
    assert captured.out == f"{GOOD}: accepted: proved r - log(r) - 1\n"
    first, second = captured.err.splitlines()
    assert first == second
    assert first.startswith("drift: check: ")
    assert str(path) in first
    assert message in first
    assert main(["check", "--json", str(path), str(BAD)]) == 2  # unreadable comes before rejected
    (record,) = map(json.loads, capsys.readouterr().out.splitlines())
    assert (record["file"], record["accepted"]) == (str(BAD), False)


def test_nothing_to_check_is_a_mistake(capsys):
    assert main(["check"]) == 2
    assert "nothing to check" in capsys.readouterr().err


@pytest.mark.usefixtures("checker")
def test_the_argument_is_shown_on_request(capsys):
    assert main(["check", "--explain", str(GOOD), str(BAD)]) == 1
    out = capsys.readouterr().out
    assert out.count("Proposition.") == 1  # nothing is explained that was rejected
    assert "This completes the proof." in out
    assert main(["check", "--latex", str(GOOD)]) == 0
    out = capsys.readouterr().out
    assert out.startswith("% ")  # the whole output is LaTeX
    assert r"\begin{proposition}" in out
    assert main(["check", "--json", "--explain", str(GOOD)]) == 0
    assert json.loads(capsys.readouterr().out)["explanation"].startswith("Proposition.")
