"""drift discover gone on with in its benchmark, the last stage; training and the report are left to stand-ins."""

import json
import shutil
from pathlib import Path

import numpy as np

from discovery.benchmark.scores import ScoreMatrix
from discovery.cli import main
from discovery.commands import report, scoring
from discovery.runs import CURVES, MANIFEST, SCORES, SELECTION, SUMMARY, Run, in_work

REFERENCE = Path(__file__).parents[2] / "runs" / "reference" / "pendulum-cartpole"


def without_benchmark(folder):
    """The reference run as it was before its benchmark."""
    path = folder / "run"
    shutil.copytree(REFERENCE, path)
    manifest = json.loads((path / MANIFEST).read_text())
    for name in (SCORES, CURVES):
        del manifest["artifacts"][name]
        (path / name).unlink()
    (path / MANIFEST).write_text(json.dumps(manifest))
    return Run.open(path)


def test_only_the_benchmark_is_made_when_the_rest_is_there(tmp_path, monkeypatch, capsys):
    run, asked = without_benchmark(tmp_path), []

    def measure(run, experiment, compared, drifts, place, progress, **options):
        asked.append(list(drifts))
        if len(asked) == 1:
            raise KeyboardInterrupt
        assert not options  # on the seeds of the benchmark
        rng = np.random.default_rng(0)
        return {
            label: ScoreMatrix(
                label, condition, "auc", {name: rng.normal(size=(4, condition.config.num_updates)) for name in drifts},
                {name: {} for name in drifts}, 1.0,
            )
            for label, condition in compared.items()
        }  # fmt: skip

    monkeypatch.setattr(scoring, "measure", measure)
    monkeypatch.setattr(report, "write_report", lambda run: run.path / "report.md")
    before = set(run.artifacts)
    assert main(["discover", "--resume", str(run.path), "--json"]) == 130
    assert f"Go on with: drift discover --resume {run.path}" in capsys.readouterr().err
    assert set(Run.open(run.path).artifacts) == before
    with in_work(run.path):
        assert main(["discover", "--resume", str(run.path), "--json"]) == 2
    assert "is in work" in capsys.readouterr().err
    assert main(["discover", "--resume", str(run.path), "--json"]) == 0
    best = [item["expression"] for item in run.read_json(SELECTION)[:2]]
    assert asked == [["none", "ppo", "dpo", "network", *best]] * 2
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    found = Run.open(run.path)
    assert rows == found.read_json(SCORES)
    assert {CURVES, SUMMARY} <= set(found.artifacts)
    assert {row["condition"] for row in rows} == {"Pendulum-v1", "CartPole-v1"}
