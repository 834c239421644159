"""Drifts that change as training proceeds, from the command line: tables, formulas, benchmark, report."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from discovery import sampling
from discovery.cli import main
from discovery.commands.distil import table_of_run
from discovery.commands.drifts import learned_drift, resolve_drift
from discovery.experiment import load_preset
from discovery.expression.parser import parse
from discovery.metatrain.learned import drift_of
from discovery.regression.front import Candidate
from discovery.regression.sampling import tabulate
from discovery.rl.normalise import no_statistics
from discovery.rl.ppo import TrainResult
from discovery.runs import DRIFT, Run, RunError
from discovery.sampling import on_policy_samples, values_of

ROOT = Path(__file__).parents[2]
SMOKE = load_preset("smoke")
TEMPORAL = replace(
    SMOKE,
    ppo=replace(SMOKE.ppo, total_steps=1024, num_envs=8, num_steps=16, hidden=(4,)),
    train=replace(SMOKE.train, variant="ta-residual", width=4),
)


def drift(*args, timeout=200):
    """Run `drift ARGS` in a process of its own that compiles quickly; its records."""
    environment = {**os.environ, "XLA_FLAGS": "--xla_backend_optimization_level=0"}
    command = [sys.executable, str(ROOT / "cli.py"), *map(str, args), "--json"]
    result = subprocess.run(command, capture_output=True, text=True, timeout=timeout, env=environment)
    assert result.returncode == 0, result.stderr
    return [json.loads(line) for line in result.stdout.splitlines()], result.stderr


def untrained(folder, experiment=TEMPORAL):
    """A run with random weights for its drift."""
    run = Run.create(folder, "train", experiment.to_json())
    params = drift_of(experiment.train).init(jax.random.key(0))
    run.write_arrays(DRIFT, {name: np.asarray(10 * array) for name, array in params.items()})
    return run


def test_the_table_of_a_temporal_network_has_the_progress_of_its_samples(tmp_path):
    run = untrained(tmp_path)
    named = learned_drift(run.path)
    table = table_of_run(run, named, SMOKE.distil)
    assert table.progress is not None
    expected = named.drift.apply(
        named.params, *(np.float32(x) for x in (table.ratio, table.advantage)), progress=np.float32(table.progress)
    )
    np.testing.assert_allclose(table.drift, expected, atol=1e-6)
    heavy = table.weight > 1.5 * table.weight.min()  # the on-policy rows
    np.testing.assert_allclose(np.unique(table.progress[heavy]), np.arange(8) / 8, atol=1e-6)
    assert len(np.unique(table.progress[~heavy])) > 100
    frozen = named.drift.apply(
        named.params, *(np.float32(x) for x in (table.ratio, table.advantage)), progress=np.float32(0)
    )
    assert not np.allclose(table.drift, frozen, atol=1e-3)


@pytest.mark.parametrize("text", ["ppo", "expr:progress*(r - 1)**2"])
def test_only_a_drift_that_sees_progress_is_sampled_with_it_and_samples_of_diverged_agents_are_dropped(
    monkeypatch, text
):
    samples = jnp.array([[0.5, 0.0, jnp.nan, 2.0, 1.0], [1.0, 1.0, 1.0, jnp.inf, -1.0], [0.0, 0.2, 0.4, 0.6, 0.8]])

    def train(key, params):
        return TrainResult(jnp.ones(1), jnp.ones(1), (), *samples, no_statistics(1, 1, obs=False, reward=False), {})

    monkeypatch.setattr(sampling, "make_train", lambda *args, **settings: train)
    named = resolve_drift(text)
    columns = np.stack(on_policy_samples(TEMPORAL, named.drift, named.params))
    expected = np.array([[0.5, 1.0], [1.0, -1.0], [0.0, 0.8]])[: 3 if named.drift.sees_progress else 2]
    np.testing.assert_allclose(columns[:, :2], expected)
    assert columns.shape[1] == 2 * 16  # of 16 agents


def test_a_drift_that_does_not_see_progress_is_tabulated_without():
    table = tabulate(values_of(*resolve_drift("ppo")[1:4]), rng=np.random.default_rng(0), count=50)
    assert table.progress is None


def test_a_formula_with_progress_is_tabulated_exactly():
    named = resolve_drift("expr:progress*(r - 1)**2")
    assert named.drift.sees_progress
    table = tabulate(values_of(*named[1:4]), sees_progress=True, rng=np.random.default_rng(0), count=50)
    np.testing.assert_allclose(table.drift, table.progress * (table.ratio - 1) ** 2, rtol=1e-12)


def test_weights_that_do_not_fit_the_settings_are_refused(tmp_path):
    run = untrained(tmp_path)
    arrays = run.read_arrays(DRIFT)
    other = Run.create(tmp_path, "train", replace(TEMPORAL, train=replace(TEMPORAL.train, variant="lpo")).to_json())
    other.write_arrays(DRIFT, arrays)
    with pytest.raises(
        RunError, match=r"variant lpo with width 4 has w1 \[8, 4\], w2 \[4\], the file has w1 \[16, 4\]"
    ):
        learned_drift(other.path)


def test_a_candidate_with_progress_survives_its_record():
    expr = parse("progress*(r - 1)**2", allowed=("r", "progress"))
    candidate = Candidate(expr, 7, 0.1, 0.1, 0.1)
    assert Candidate.from_json(candidate.to_json()).expr == expr


@pytest.mark.parametrize(
    ("settings", "hint"),
    [
        (["--train.variant", "ta-lpo"], "grammar lpo does not speak of progress; give --distil.grammar temporal"),
        (["--train.variant", "residual", "--distil.grammar", "temporal"], "give --train.variant ta-residual"),
        (["--train.variant", "ta-residual", "--distil.backend", "operon"], "formulas in r and A only"),
    ],
)
def test_discover_refuses_what_its_search_could_not_see_before_it_trains(capsys, tmp_path, settings, hint):
    runs = tmp_path / "runs"
    assert main(["discover", "--preset", "smoke", *settings, "--runs", str(runs)]) == 2
    told = capsys.readouterr().err.strip()
    assert hint in told
    assert len(told.splitlines()) == 1
    assert not runs.exists()


@pytest.mark.timeout(230)
def test_a_formula_with_progress_is_found_and_benchmarked(tmp_path):
    source = "expr:(1 + 2*progress)*(r - 1)**2"
    quick = ["--distil.max-cost", 4, "--distil.generations", 0, "--distil.bootstrap", 0]
    found, _ = drift("distil", "--drift", source, "--distil.grammar", "temporal", *quick, "--runs", tmp_path)
    (chosen,) = [record for record in found if record["selected"]]
    assert chosen["expression"] == "(2*progress + 1)*(r - 1)**2"
    assert chosen["verdict"] == "proved"
    names = ["ppo", "expr:(r - 1)**2", f"expr:{chosen['expression']}", str(untrained(tmp_path).path)]
    settings = ["--preset", "smoke", "--ppo.total-steps", 1024, "--seeds", 2, "--runs", tmp_path]
    rows, told = drift("bench", "--drifts", ",".join(names), *settings)
    assert [row["drift"] for row in rows] == names
    assert len({tuple(row["scores"]) for row in rows}) == len(rows)
    assert "not a proved drift" not in told


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_discover_with_a_temporal_drift(tmp_path):
    settings = ["--preset", "smoke", "--train.variant", "ta-residual", "--distil.grammar", "temporal"]
    rows, _ = drift("discover", *settings, "--runs", tmp_path, timeout=800)
    assert [row["drift"] for row in rows][:4] == ["none", "ppo", "dpo", "network"]
    (path,) = tmp_path.iterdir()
    run = Run.open(path)
    assert "progress" in run.read_arrays("table.npz")
    assert any(verdict["verdict"] == "proved" for verdict in run.read_json("verdicts.json"))
    assert run.read_bytes("figures/slopes.png").startswith(b"\x89PNG")
