"""drift report: one run, several runs, and the browser."""

import json
import webbrowser
from pathlib import Path

import pytest

from discovery.cli import main
from discovery.runs import PAGE, REPORT, SCORES, Run
from tests.report.records import record


def run_with_scores(root, name, **ppo):
    settings = {"num_envs": 8, "num_steps": 64, "learning_rate": 0.01, **ppo}
    conditions = {"CartPole-v1": {"env": "CartPole-v1", "settings": settings}}
    run = Run.create(root, name, {"drifts": ["none", "spo"], "envs": ["CartPole-v1"], "conditions": conditions})
    rows = [
        {"env": "CartPole-v1", "condition": "CartPole-v1", "drift": drift, "metric": "auc", "scores": [1.0, 2.0],
         "mean": 1.5, "iqm": 1.5, "iqm_low": 1.0, "iqm_high": 2.0, "failures": 0, "env_steps_per_second": 10.0,
         "probability_of_improvement_over_ppo": None, "settings": {}}
        for drift in ("none", "spo")
    ]  # fmt: skip
    run.write_json(SCORES, rows)
    return run.path


def test_a_run_gets_both_reports_with_their_hashes(tmp_path, capsys):
    path = run_with_scores(tmp_path / "runs", "bench")
    assert main(["report", str(path), "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown == {"report": str(path / REPORT), "html": str(path / PAGE)}
    run = Run.open(path)
    assert "f(r, A)" in run.read_bytes(PAGE).decode()
    assert main(["report", str(path)]) == 0  # made anew
    assert Run.open(path).read_bytes(PAGE)


def test_an_empty_run_has_a_report(tmp_path):
    path = Run.create(tmp_path, "early", {"task": ["CartPole-v1"]}).path
    assert main(["report", str(path)]) == 0
    assert f"drift discover --resume {path}" in (path / PAGE).read_text()


def test_the_page_opens_in_the_browser_or_its_path_is_told(tmp_path, monkeypatch, capsys):
    path, opened = Run.create(tmp_path, "early", {"task": ["CartPole-v1"]}).path, []
    monkeypatch.setattr(webbrowser, "open", lambda address: opened.append(address) or False)
    assert main(["report", str(path), "--open"]) == 0
    assert opened == [(path / PAGE).resolve().as_uri()]
    assert f"no browser is found here; the page is {(path / PAGE).resolve()}" in capsys.readouterr().err


def test_several_runs_are_one_page(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    same, other = run_with_scores(Path("runs"), "a"), run_with_scores(Path("runs"), "b", learning_rate=0.5)
    for _ in range(2):  # a page of ours is written anew
        assert main(["report", str(same), str(other), "--json"]) == 0
        assert json.loads(capsys.readouterr().out) == {"report": "comparison.html", "html": "comparison.html"}
    text = Path("comparison.html").read_text()
    assert "learning_rate 0.01 and 0.5" in text
    assert not (same / PAGE).exists()


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        ([], "no run is named"),
        (["RUN", "RUN"], "is named twice"),
        (["RUN", "nowhere"], "no such run directory: nowhere"),
        (["RUN", "--output", "x.html"], "is for a comparison"),
        (["RUN", "OTHER", "--output", "mine.html"], "exists and is no page of drift report"),
        (["RUN", "OTHER", "--output", "no/such/folder.html"], "cannot write no/such/folder.html"),
    ],
)
def test_mistakes_are_one_line(tmp_path, monkeypatch, capsys, flags, said):
    monkeypatch.chdir(tmp_path)
    Path("mine.html").write_text("<p>mine")
    made = {name: str(Run.create(tmp_path / "runs", name.lower(), {}).path) for name in ("RUN", "OTHER")}
    assert main(["report", *(made.get(flag, flag) for flag in flags)]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert said in line
    assert Path("mine.html").read_text() == "<p>mine"


def test_damage_is_told(tmp_path, capsys):
    run = Run.create(tmp_path, "early", {"task": ["CartPole-v1"]})
    run.write_json("history.json", [record(0, judged=True)])
    (run.path / "history.json").write_text("[]")
    assert main(["report", str(run.path)]) == 2
    assert "altered or cut short" in capsys.readouterr().err
