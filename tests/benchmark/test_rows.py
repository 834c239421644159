"""The statistical fields of the rows of scores.json."""

import json

import numpy as np
import pytest

from discovery.benchmark.statistics import condition_rows, iqm


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def test_failures_count_as_the_worst_score_and_are_named(rng):
    scores = {"none": np.array([0.0, 1, 2]), "ppo": np.full(3, 10.0), "x": np.array([20.0, np.nan, 5])}
    rows = condition_rows("t", scores, rng=rng)
    assert rows["x"]["failures"] == 1
    assert rows["x"]["failed_seeds"] == [1]
    assert rows["x"]["mean"] == pytest.approx((20 + 0 + 5) / 3)
    assert rows["x"]["median"] == 5.0
    assert np.isnan(rows["x"]["scores"][1])
    assert rows["x"]["probability_of_improvement_over_ppo"] == pytest.approx(1 / 3)
    assert rows["x"]["comparison_with_ppo"]["probability"] == pytest.approx(1 / 3)
    assert rows["ppo"]["probability_of_improvement_over_ppo"] == 0.5
    assert rows["ppo"]["comparison_with_ppo"] is None
    assert (rows["none"]["normalised"], rows["ppo"]["normalised"]) == (0.0, 1.0)


def test_the_fields_are_numbers_that_json_holds(rng):
    scores = {"none": rng.normal(size=9), "ppo": rng.normal(9, size=9), "dpo": rng.normal(9, size=9)}
    rows = json.loads(json.dumps(condition_rows("t", scores, rng=rng), allow_nan=False))
    for name, row in rows.items():
        assert row["iqm"] == pytest.approx(iqm(scores[name]))
        assert row["iqm_low"] < row["iqm"] < row["iqm_high"]
    assert set(rows["dpo"]["comparison_with_ppo"]) == {"probability", "low", "high", "word", "seeds_needed"}
    assert rows["none"]["comparison_with_ppo"]["word"] == "worse"


def test_without_references_there_is_no_normalised_score(rng):
    row = condition_rows("t", {"x": np.ones(4)}, rng=rng)["x"]
    assert "normalised" not in row
    assert row["probability_of_improvement_over_ppo"] is None
    assert row["comparison_with_ppo"] is None


def test_a_scale_that_says_nothing_is_none(rng):
    scores = {"none": np.arange(4.0), "ppo": np.arange(4.0)}
    assert condition_rows("t", scores, rng=rng)["ppo"]["normalised"] is None
    assert condition_rows("ant", {"x": np.arange(4.0)}, rng=rng, normalise="references")["x"]["normalised"] is None


def test_published_returns_make_a_scale_without_other_drifts(rng):
    row = condition_rows("CartPole-v1", {"x": np.full(4, 500.0)}, rng=rng, normalise="references")["x"]
    assert row["normalised"] == 1.0


def test_where_every_run_failed_the_numbers_are_nan(rng):
    row = condition_rows("t", {"x": np.full(3, np.nan)}, rng=rng)["x"]
    assert row["failures"] == 3
    assert np.isnan([row["mean"], row["median"], row["iqm"], row["iqm_low"], row["iqm_high"]]).all()


def test_one_seed_and_another_scale_are_refused(rng):
    with pytest.raises(ValueError, match="seeds must be at least 2 for an interval; got 1"):
        condition_rows("t", {"x": np.ones(1)}, rng=rng)
    with pytest.raises(ValueError, match="normalise must be one of drifts, references; got 'ppo'"):
        condition_rows("t", {"x": np.ones(3)}, rng=rng, normalise="ppo")
