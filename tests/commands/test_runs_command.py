"""drift runs: filters, order, sizes, scores, and deletion that is hard to do by mistake."""

import json
import sys

import pytest

from discovery.cli import main
from discovery.commands.runs import REFERENCE
from discovery.runs import DRIFT, FRONT, HISTORY, MANIFEST, SCORES, VERDICTS, Run, in_work
from tests.report.records import record


def row(drift, normalised, env="CartPole-v1"):
    return {"drift": drift, "env": env, "iqm": 100.0, "normalised": normalised, "scores": [1, 2]}


def made_by(run, command, **changes):
    """The run as if another command had made it."""
    changed = {**run.manifest, "command": ["drift", command], **changes}
    (run.path / MANIFEST).write_text(json.dumps(changed))
    return Run.open(run.path)


@pytest.fixture
def folder(tmp_path):
    root = tmp_path / "runs"
    made = {
        "early": ({"task": ["CartPole-v1"]}, {HISTORY: [record(0, judged=True), record(1, judged=True)]}),
        "distil": ({"source": "dpo"}, {FRONT: [], VERDICTS: []}),
        "bench": ({"drifts": ["none", "ppo", "spo"], "envs": ["Pendulum-v1"]},
                  {SCORES: [row("none", 0.0), row("ppo", 1.0), row("spo", 0.7)]}),
    }  # fmt: skip
    for day, (name, (config, artifacts)) in enumerate(made.items(), start=1):
        run = made_by(Run.create(root, name, config), "discover", created=f"2026-11-0{day}T12:00:00+00:00")
        for artifact, content in artifacts.items():
            run.write_json(artifact, content)
    return root


def listed(folder, capsys, *flags):
    assert main(["runs", "--runs", str(folder), "--json", *flags]) == 0
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def names(folder, capsys, *flags):
    return [found["name"] for found in listed(folder, capsys, *flags)]


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        ([], ["early", "distil", "bench"]),
        (["--name", "ar"], ["early"]),
        (["--env", "Pendulum-v1"], ["bench"]),
        (["--drift", "dpo"], ["distil"]),
        (["--drift", "spo"], ["bench"]),
        (["--has", "scores"], ["bench"]),
        (["--has", "front.json"], ["distil"]),
        (["--has", "report"], []),
        (["--since", "2026-11-02"], ["distil", "bench"]),
        (["--since", "2026-11-02T13:00"], ["bench"]),
        (["--unfinished"], ["early"]),
        (["--sort", "name"], ["bench", "distil", "early"]),
        (["--sort", "score"], ["distil", "bench", "early"]),
    ],
)
def test_filters_and_order(folder, capsys, flags, expected):
    assert names(folder, capsys, *flags) == expected


def test_scores_and_sizes(folder, capsys):
    found = {item["name"]: item for item in listed(folder, capsys)}
    assert (found["bench"]["score"], found["bench"]["score_of"]) == (0.7, "benchmark, normalised")  # ppo is 1 always
    assert (found["early"]["score"], found["early"]["score_of"]) == (110.0, "held-out, return")
    assert found["distil"]["score"] is None
    for item in found.values():
        run = Run.open(item["path"])
        assert item["size"] == sum(file.stat().st_size for file in run.path.rglob("*") if file.is_file())
        assert item["artifacts"] == run.artifacts
    by_size = listed(folder, capsys, "--sort", "size")
    assert [item["size"] for item in by_size] == sorted(item["size"] for item in by_size)


def test_with_references_the_score_of_ppo_is_a_measurement(folder, capsys):
    run = Run.create(folder, "refs", {"drifts": ["ppo", "spo"], "envs": ["a"], "bench": {"normalise": "references"}})
    run.write_json(SCORES, [row("ppo", 0.9), row("spo", 0.7)])
    assert {item["name"]: item["score"] for item in listed(folder, capsys)}["refs"] == 0.9


def test_a_damaged_history_has_no_score_and_stops_nothing(folder, capsys):
    next(folder.glob("*-early-*")).joinpath(HISTORY).write_text("[")
    assert [item["score"] for item in listed(folder, capsys)] == [None, None, 0.7]


def test_the_table_speaks_of_what_is_unfinished_and_of_filters(folder, capsys):
    assert main(["runs", "--runs", str(folder)]) == 0
    assert "unfinished" in capsys.readouterr().out
    assert main(["runs", "--runs", str(folder), "--name", "nothing"]) == 0
    assert "passes the filters" in capsys.readouterr().out.replace("\n", " ")


def refused(capsys, *args):
    assert main(["runs", *map(str, args)]) == 2
    (line,) = capsys.readouterr().err.strip().splitlines()[-1:]
    return line


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (["--since", "yesterday"], "write it as 2026-11-01"),
        (["--yes"], "--yes is for --delete"),
        (["--sort", "age"], "age"),
    ],
)
def test_wrong_flags_are_one_line(folder, capsys, flags, said):
    assert said in refused(capsys, "--runs", folder, *flags)


def one(folder, name):
    return next(folder.glob(f"*-{name}-*"))


def test_deletion_by_name_and_by_path(folder, capsys):
    distil, bench = one(folder, "distil"), one(folder, "bench")
    assert main(["runs", "--runs", str(folder), "--delete", distil.name, str(bench), "--yes", "--json"]) == 0
    deleted = [json.loads(line)["deleted"] for line in capsys.readouterr().out.splitlines()]
    assert deleted == [str(distil), str(bench)]
    assert names(folder, capsys) == ["early"]


def test_nothing_is_deleted_where_nobody_can_be_asked(folder, capsys):
    assert "give --yes" in refused(capsys, "--runs", folder, "--delete", one(folder, "bench"))
    assert one(folder, "bench").is_dir()


@pytest.mark.parametrize(("answer", "left"), [("y\n", 2), ("n\n", 3), ("\n", 3), ("", 3)])
def test_the_question_must_be_answered_with_yes(folder, capsys, monkeypatch, answer, left):
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(sys.stdin, "readline", lambda: answer, raising=False)
    assert main(["runs", "--runs", str(folder), "--delete", str(one(folder, "bench"))]) == 0
    assert "Delete 1 run(s)" in capsys.readouterr().err
    assert len(list(folder.iterdir())) == left


def test_what_is_no_run_of_the_folder_is_refused_and_all_stays(folder, capsys, tmp_path):
    elsewhere = Run.create(tmp_path / "other", "elsewhere", {}).path
    (folder / "notes").mkdir()
    link, bench = folder / "link", one(folder, "bench")
    link.symlink_to(bench)
    outside = folder / "outside"
    outside.symlink_to(elsewhere)
    wrong = {
        elsewhere: "is not a run in",
        folder: "is not a run in",
        folder / ".." / "other" / elsewhere.name: "is not a run in",
        folder / "notes": "not a run directory",
        link: "symbolic link",
        outside: "symbolic link",
        bench / "cells": "is not a run in",
        folder / "nowhere": "no such run directory",
    }
    for path, said in wrong.items():
        assert said in refused(capsys, "--runs", folder, "--yes", "--delete", bench, path), path
    assert bench.is_dir()
    assert elsewhere.is_dir()


def test_a_reference_run_goes_only_by_its_path(folder, capsys):
    kept = Run.create(folder / REFERENCE, "kept", {}).path
    assert "no such run directory" in refused(capsys, "--runs", folder, "--yes", "--delete", kept.name)
    assert "not a run directory" in refused(capsys, "--runs", folder, "--yes", "--delete", REFERENCE)
    assert kept.is_dir()
    assert main(["runs", "--runs", str(folder), "--yes", "--delete", str(kept)]) == 0
    assert not kept.exists()


def test_filters_do_not_choose_what_is_deleted(folder, capsys):
    assert "filters only list" in refused(
        capsys, "--runs", folder, "--env", "X", "--yes", "--delete", one(folder, "bench")
    )


def test_a_trained_drift_is_finished(folder, capsys):
    run = made_by(Run.create(folder, "trained", {"task": ["CartPole-v1"]}), "train")
    run.write_text(DRIFT, "x")
    assert "trained" not in names(folder, capsys, "--unfinished")


def test_scores_of_one_kind_stand_together():
    from types import SimpleNamespace

    from discovery.commands.runs import _KEYS

    kinds = [("benchmark, return", 300.0), ("benchmark, normalised", 1.2), ("benchmark, return", 90.0), (None, None)]
    items = [SimpleNamespace(score_of=kind, score=score) for kind, score in kinds]
    assert [item.score for item in sorted(items, key=_KEYS["score"])] == [None, 1.2, 90.0, 300.0]


@pytest.mark.parametrize("manifest", ["{", "[]", "{}"])
def test_a_damaged_run_can_be_deleted_and_is_called_so(folder, capsys, manifest):
    path = one(folder, "bench")
    (path / MANIFEST).write_text(manifest)
    assert main(["runs", "--runs", str(folder), "--yes", "--delete", path.name]) == 0
    assert f"{path}  " in (said := capsys.readouterr().err)
    assert "damaged: its manifest cannot be read" in said
    assert not path.exists()


def test_a_damaged_run_elsewhere_is_not_deleted(folder, capsys):
    path = Run.create(folder / REFERENCE, "kept", {}).path
    (path / MANIFEST).write_text("{")
    assert "is damaged" in refused(capsys, "--runs", folder, "--yes", "--delete", path)
    assert path.exists()


def test_a_run_in_work_is_not_deleted(folder, capsys):
    path = one(folder, "bench")
    with in_work(path):
        assert "is in work" in refused(capsys, "--runs", folder, "--yes", "--delete", one(folder, "distil"), path)
    assert one(folder, "distil").is_dir()
    assert path.is_dir()
