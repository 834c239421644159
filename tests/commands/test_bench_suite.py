"""Suites on the command line: their settings, what flags change of them, what is refused."""

import json

import pytest

from discovery.benchmark.suites import suite_settings
from discovery.commands import bench
from discovery.runs import SUMMARY, Run
from tests.commands.stand_in import pretend_training


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (["--suite", "clasic"], "unknown suite 'clasic'; did you mean classic?"),
        (["--suite", "quick", "--preset", "smoke"], "--suite has settings of its own, so --preset does not go with it"),
        (["--suite", "quick", "--envs", "Pong-misc"], "--envs Pong-misc: suite quick has no settings for it"),
        (["--bench.normalise", "ppo"], "normalise must be one of drifts, references; got 'ppo'"),
        (["--suite", "quick", "--seeds", "1"], "seeds must be at least 2; got 1"),
    ],
)
def test_mistakes_are_told_in_a_line(args, told, tmp_path, capsys):
    from discovery.cli import main

    assert main(["bench", *args, "--runs", str(tmp_path)]) == 2
    errors = capsys.readouterr().err
    assert told in errors
    assert errors.count("\n") == 1
    assert not list(tmp_path.iterdir())


def test_a_suite_gives_each_environment_its_own_settings(monkeypatch, tmp_path):
    seen = {}

    class NothingMeasuredError(Exception):
        pass

    def measure(run, experiment, compared, *rest, **options):
        seen.update(compared)
        raise NothingMeasuredError

    monkeypatch.setattr(bench, "measure", measure)
    with pytest.raises(NothingMeasuredError):
        bench.main(["--suite", "quick", "--runs", str(tmp_path), "--ppo.update-epochs", "3"])
    published = suite_settings("quick")
    assert list(seen) == list(published)
    for label, condition in seen.items():
        assert condition.config.update_epochs == 3
        assert condition.config.learning_rate == published[label].learning_rate
        assert condition.config.total_steps == published[label].total_steps


def test_a_sweep_of_settings_has_a_summary_for_each(tmp_path, monkeypatch, capsys):
    from discovery.cli import main

    pretend_training(monkeypatch)
    asked = ["--preset", "smoke", "--drifts", "none,ppo", "--seeds", "4", "--ppo.total-steps", "1024", "--sweep",
             "learning_rate=1e-3,1e-2", "--bench.normalise", "references"]  # fmt: skip
    assert main(["bench", *asked, "--runs", str(tmp_path), "--json"]) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    run = Run.open(next(tmp_path.iterdir()))
    entries = run.read_json(SUMMARY)
    assert [entry["settings"] for entry in entries] == [{"learning_rate": 1e-3}, {"learning_rate": 1e-2}]
    for entry in entries:
        assert entry["normalisation"] == {"kind": "references"}
        mine = {row["drift"]: row for row in rows if row["settings"] == entry["settings"]}
        for record in entry["aggregates"]:
            assert record["mean"]["value"] == pytest.approx(mine[record["drift"]]["normalised"])
        (improvement,) = entry["improvement"]
        row = mine["none"]
        assert improvement["probability"]["value"] == pytest.approx(row["probability_of_improvement_over_ppo"])
        assert row["comparison_with_ppo"]["word"] in ("better", "worse", "not told apart")
    assert json.dumps(entries, allow_nan=False)
