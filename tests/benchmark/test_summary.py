"""Entries of summary.json: the same numbers as the functions they are made of, and reasons for what is missing."""

import json

import numpy as np
import pytest

from discovery.benchmark.statistics import aggregate, probability_of_improvement, summary

NAMES = ("none", "ppo", "dpo")


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.fixture
def curves(rng):
    """Two environments of other units and other numbers of updates: [8 seeds, updates] learning curves."""
    level = {"none": 0.0, "ppo": 1.0, "dpo": 1.2}
    return {
        env: {name: scale * (level[name] + rng.normal(0, 0.2, (8, updates))) for name in NAMES}
        for env, (scale, updates) in {"a": (1.0, 20), "b": (500.0, 35)}.items()
    }


def scores_of(curves):
    return {env: {name: values.mean(axis=1) for name, values in drifts.items()} for env, drifts in curves.items()}


def test_an_entry_is_made_of_the_statistics_of_normalised_scores(curves, rng):
    scores = scores_of(curves)
    entry = summary(scores, curves, metric="auc", rng=rng, settings={"learning_rate": 0.1}, repetitions=300)
    assert json.loads(json.dumps(entry, allow_nan=False)) == entry
    head = ("settings", "metric", "normalisation", "environments", "left_out", "seeds", "repetitions")
    assert [entry[key] for key in head] == [
        {"learning_rate": 0.1},
        "auc",
        {"kind": "drifts", "zero": "none", "one": "ppo"},
        ["a", "b"],
        {},
        8,
        300,
    ]
    zero, one = (np.array([scores[env][name].mean() for env in "ab"]) for name in ("none", "ppo"))
    matrix = (np.stack([scores[env]["dpo"] for env in "ab"], axis=1) - zero) / (one - zero)
    dpo = next(item for item in entry["aggregates"] if item["drift"] == "dpo")
    for name in ("iqm", "mean", "median", "optimality_gap"):
        assert dpo[name]["value"] == pytest.approx(aggregate(name, matrix))
        assert dpo[name]["low"] <= dpo[name]["value"] <= dpo[name]["high"]
    tau = np.array(entry["profiles"]["tau"])
    assert entry["profiles"]["drifts"]["dpo"]["value"] == pytest.approx([(matrix > t).mean() for t in tau])
    assert [item["drift"] for item in entry["improvement"]] == ["none", "dpo"]
    raw = {name: np.stack([scores[env][name] for env in "ab"], axis=1) for name in NAMES}
    found = entry["improvement"][1]
    assert found["probability"]["value"] == pytest.approx(probability_of_improvement(raw["dpo"], raw["ppo"]))
    assert (found["over"], found["word"]) == ("ppo", "better")
    assert len(entry["sample_efficiency"]["share"]) == 50
    last = (np.stack([curves[env]["dpo"][:, -1] for env in "ab"], axis=1) - zero) / (one - zero)
    assert entry["sample_efficiency"]["drifts"]["dpo"]["value"][-1] == pytest.approx(aggregate("iqm", last))


def test_none_is_zero_and_ppo_one(curves, rng):
    entry = summary(scores_of(curves), {}, metric="auc", rng=rng, repetitions=50)
    means = {item["drift"]: item["mean"]["value"] for item in entry["aggregates"]}
    assert (means["none"], means["ppo"]) == pytest.approx((0, 1))
    assert entry["sample_efficiency"] == {"share": [], "drifts": {}}


def test_units_do_not_matter(curves):
    scores = scores_of(curves)
    moved = {env: {name: 7 * values - 3 for name, values in drifts.items()} for env, drifts in scores.items()}
    first, second = (
        summary(table, {}, metric="auc", rng=np.random.default_rng(1), repetitions=50) for table in (scores, moved)
    )
    for one, other in zip(first["aggregates"], second["aggregates"], strict=True):
        assert one["iqm"] == pytest.approx(other["iqm"])
    assert first["improvement"] == second["improvement"]


def test_environments_without_a_scale_are_left_out_with_the_reason(curves, rng):
    scores = scores_of(curves)
    scores["flat"] = {name: rng.normal(size=8) for name in NAMES}
    scores["flat"]["ppo"] = scores["flat"]["none"] - 1
    scores["partial"] = {name: scores["a"][name] for name in ("none", "ppo")}
    scores["failed"] = {name: np.full(8, np.nan) for name in NAMES}
    entry = summary(scores, curves, metric="auc", rng=rng, repetitions=50)
    assert entry["environments"] == ["a", "b"]
    assert list(entry["left_out"]) == ["flat", "partial", "failed"]
    assert entry["left_out"]["flat"].startswith("ppo does not beat none by two standard errors (-")
    assert entry["left_out"]["partial"] == "there are no scores of dpo"
    assert entry["left_out"]["failed"] == "every run of every drift failed"
    assert entry["sample_efficiency"]["drifts"]


def test_comparisons_are_over_every_environment_with_scale_or_without(curves, rng):
    """To compare only where ppo has beaten none would favour ppo."""
    scores = scores_of(curves)
    scores["a"]["none"] = scores["a"]["ppo"] + 1.0
    entry = summary(scores, {}, metric="auc", rng=rng, repetitions=300)
    assert (entry["environments"], entry["compared"]) == (["b"], ["a", "b"])
    found = {record["drift"]: record["probability"]["value"] for record in entry["improvement"]}
    by_env = [probability_of_improvement(scores[env]["none"], scores[env]["ppo"]) for env in ("a", "b")]
    assert found["none"] == pytest.approx(np.mean(by_env))
    assert by_env[0] > 0.5 > by_env[1]


def test_without_any_scale_there_are_reasons_and_empty_lists(rng):
    entry = summary({"ant": {"x": np.arange(4.0)}}, {}, metric="final", rng=rng, normalise="references")
    assert entry["left_out"] == {"ant": "no published return is known for ant"}
    assert entry["normalisation"] == {"kind": "references"}
    assert (entry["aggregates"], entry["improvement"], entry["environments"]) == ([], [], [])
    assert entry["profiles"] == {"tau": [], "drifts": {}}
    assert summary({}, {}, metric="auc", rng=rng)["seeds"] == 0


def test_references_need_neither_none_nor_ppo(rng):
    scores = {"CartPole-v1": {"x": np.full(4, 500.0)}, "Acrobot-v1": {"x": np.full(4, -80.0)}}
    entry = summary(scores, {}, metric="final", rng=rng, normalise="references", repetitions=50)
    assert entry["aggregates"][0]["iqm"] == pytest.approx({"value": 1, "low": 1, "high": 1})
    assert entry["improvement"] == []


def test_a_failure_counts_as_the_worst_run_in_scores_and_curves(curves, rng):
    curves["a"]["dpo"][3, 10:] = np.nan
    scores = scores_of(curves)
    assert np.isnan(scores["a"]["dpo"][3])
    entry = summary(scores, curves, metric="auc", rng=rng, repetitions=50)
    scores["a"]["dpo"][3] = min(scores["a"][name][seed] for name in NAMES for seed in range(8) if seed != 3)
    scores["a"]["dpo"][3] = min(scores["a"]["dpo"][3], *(scores["a"][name][3] for name in ("none", "ppo")))
    again = summary(scores, {}, metric="auc", rng=rng, repetitions=50)
    for one, other in zip(entry["aggregates"], again["aggregates"], strict=True):
        assert one["mean"]["value"] == pytest.approx(other["mean"]["value"])
    assert np.isfinite(entry["sample_efficiency"]["drifts"]["dpo"]["value"]).all()


def test_one_seed_and_ragged_seeds_are_refused(rng):
    with pytest.raises(ValueError, match="seeds must be at least 2 for an interval; got 1"):
        summary({"a": {"x": np.ones(1)}}, {}, metric="auc", rng=rng)
    with pytest.raises(ValueError, match=r"as many seeds in every environment; got \[3, 4\]"):
        summary({"a": {"x": np.ones(3)}, "b": {"x": np.ones(4)}}, {}, metric="auc", rng=rng)
