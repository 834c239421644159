"""The figures say what the data says."""

from dataclasses import replace

import numpy as np
import pytest

from discovery.report.figures import bands, curves, diagnostics, evolution, front, intervals, objective, profiles, sweep
from discovery.report.style import MINUS, looks
from discovery.report.surfaces import ADVANTAGES, LOG_RATIOS
from tests.report import made_up
from tests.report.legible import faults, legend_labels
from tests.report.records import record

REFERENCES = {"ppo": 440.0, "none": 90.0}
SCALE = "none = 0, ppo = 1"


def rng():
    return np.random.default_rng(0)


def dashed(figure):
    """The level of every horizontal line of a figure of one panel, by its label."""
    (axis,) = figure.axes
    levels = [line for line in axis.lines if line.get_marker() == "None" and "seeds" in line.get_label()]
    return {line.get_label(): line.get_ydata()[0] for line in levels}


def test_ppo_and_none_are_shown_on_the_seeds_of_the_curve():
    history = [record(g, judged=g % 4 == 0) for g in range(12)]
    figure = evolution.meta_training(history, {**REFERENCES, "dpo": 1.0})
    assert dashed(figure) == {"ppo, held-out seeds": 450.25, "none, held-out seeds": 98.75, "dpo, benchmark seeds": 1.0}
    assert figure.axes[0].get_ylabel() == "score of trained agents (return)"
    assert len(figure.axes[0].collections) == 1


def test_an_earlier_history_is_shown_beside_the_benchmark():
    keys = ("held_out_ppo", "held_out_none", "by_env", "sigma", "env_steps_per_second")
    history = [{key: value for key, value in record(g, judged=True).items() if key not in keys} for g in range(3)]
    figure = evolution.meta_training(history, REFERENCES)
    assert dashed(figure) == {"ppo, benchmark seeds": 440.0, "none, benchmark seeds": 90.0}


def test_ranks_are_not_drawn_beside_the_scores_of_several_environments():
    figure = evolution.meta_training([record(g, judged=True, envs=("a", "b")) for g in range(3)], {})
    assert set(dashed(figure)) == {"ppo, held-out seeds", "none, held-out seeds"}
    assert not figure.axes[0].collections
    assert "0 = no drift, 1 = ppo" in figure.axes[0].get_ylabel()


def test_every_drift_has_its_line_its_band_and_its_label():
    drawn = looks(made_up.FEW)
    figure = curves.learning_curves(made_up.curves(made_up.FEW), np.arange(40), drawn, heading="CartPole-v1", rng=rng())
    (axis,) = figure.axes
    assert len(axis.lines) == len(axis.collections) == len(made_up.FEW)
    assert legend_labels(figure) == list(made_up.FEW)
    assert (axis.get_xlabel(), axis.get_ylabel()) == ("environment steps", "episode return")


def test_a_diverged_run_counts_as_the_worst_return_from_then_on():
    found = {"a": np.full((2, 3), 10.0), "b": np.array([[1.0, 2.0, 3.0]] * 2)}
    found["a"][0, 1:] = np.nan
    filled = bands.worst_imputed(found)
    np.testing.assert_array_equal(filled["a"], [[10, 2, 3], [10, 10, 10]])
    np.testing.assert_array_equal(filled["b"], found["b"])
    band = bands.mean_band(filled["a"], rng=rng())
    np.testing.assert_allclose(band.value, [10, 6, 6.5])
    assert (band.low <= band.value).all()
    assert (band.value <= band.high).all()


def test_a_gap_before_the_first_episode_ends_is_no_divergence():
    runs = np.array([[np.nan, 1.0, 2.0], [0.0, 1.0, np.nan]])
    assert bands.divergences(runs).tolist() == [2]


def test_means_are_over_the_runs_that_are_left():
    runs = np.array([[1.0, np.nan, np.nan], [3.0, 5.0, np.nan]])
    np.testing.assert_array_equal(bands.mean_band(runs, rng=rng()).value, [2.0, 5.0, np.nan])


def test_a_single_run_that_is_left_has_no_interval():
    band = bands.mean_band(np.array([[1.0, 4.0], [3.0, np.nan]]), rng=rng())
    np.testing.assert_array_equal(band.value, [2.0, 4.0])
    assert np.isfinite([band.low[0], band.high[0]]).all()
    assert np.isnan([band.low[1], band.high[1]]).all()


@pytest.mark.parametrize("drifts", [made_up.FEW, made_up.MANY[:10]])
def test_diverged_runs_are_counted_and_marked(drifts):
    lost = {"spo": 2, "ppo": 1} if "spo" in drifts else {"gmpo": 2, "ppo": 1}
    found = made_up.curves(drifts, diverging=lost)
    figure = curves.learning_curves(found, np.arange(40), looks(drifts), heading="CartPole-v1", rng=rng())
    told = " ".join([*legend_labels(figure), *(axis.get_title() for axis in figure.axes)])
    assert told.count("failed") == 2
    assert "2 of 32 failed" in told
    assert "ppo (1 of 32 failed)" in told
    assert "counts as the worst return" in figure.get_suptitle()
    crosses = [line for axis in figure.axes for line in axis.lines if line.get_marker() == "x"]
    shown = [name for name in lost if name in drifts and (len(drifts) <= 7 or name not in ("ppo", "none"))]
    assert sum(len(line.get_xdata()) for line in crosses) == sum(lost[name] for name in shown)


def test_nothing_is_said_of_divergence_where_no_run_diverged():
    figure = curves.learning_curves(
        made_up.curves(made_up.FEW), np.arange(40), looks(made_up.FEW), heading="", rng=rng()
    )
    assert "failed" not in " ".join([*legend_labels(figure), figure.get_suptitle()])


def test_many_drifts_have_a_panel_each_with_the_references_behind():
    found, drawn = made_up.curves(made_up.MANY), looks(made_up.MANY)
    figure = curves.learning_curves(found, np.arange(40), drawn, heading="CartPole-v1", rng=rng())
    assert [axis.get_title() for axis in figure.axes] == [name for name in made_up.MANY if name not in ("none", "ppo")]
    assert {len(axis.lines) for axis in figure.axes} == {3}
    assert legend_labels(figure) == ["the panel's drift", "none", "ppo"]


def test_slices_are_rows_of_the_grid_and_lie_between_them_where_there_is_none():
    (surface,) = made_up.surfaces(["ppo"])
    figure = objective.slices([surface], looks(["ppo"]), what="slope")
    ratios = np.exp(LOG_RATIOS)
    for axis, advantage in zip(figure.axes, objective.SLICES, strict=True):
        expected = advantage - 2 * 0.2 * abs(advantage) * (ratios - 1)
        np.testing.assert_allclose(axis.lines[0].get_ydata(), expected, atol=1e-5)
        assert axis.get_title() == f"A = {advantage:g}".replace("-", MINUS)
    middle = (ADVANTAGES[100] + ADVANTAGES[101]) / 2
    between = objective._slice(surface, middle, "slope")
    np.testing.assert_allclose(between, (surface.slope[100] + surface.slope[101]) / 2, atol=1e-5)


@pytest.mark.parametrize("what", ["drift", "slope"])
def test_slices_of_a_few_drifts_share_panels_and_those_of_many_do_not(what):
    few = objective.slices(made_up.surfaces(made_up.FEW), looks(made_up.FEW), what=what)
    assert [len(axis.lines) - 2 for axis in few.axes] == [5] * 4
    assert legend_labels(few) == list(made_up.FEW)
    many = objective.slices(made_up.surfaces(made_up.MANY[:9]), looks(made_up.MANY[:9]), what=what)
    assert [axis.get_title() for axis in many.axes] == list(made_up.MANY[:9])
    traces = {str(line._unscaled_dash_pattern) for line in many.axes[0].lines[:4]}
    assert len(traces) == 4  # told apart without colours
    assert legend_labels(many) == [f"A = {MINUS}2", f"A = {MINUS}1", "A = 1", "A = 2"]


def test_moments_of_training_are_told_apart():
    (surface,) = made_up.surfaces(["network"])
    moments = [replace(surface, progress=moment) for moment in (0.0, 0.5, 1.0)]
    figure = objective.slices(moments, looks(["network"]), what="drift")
    assert legend_labels(figure) == [f"network, progress {moment:g}" for moment in (0, 0.5, 1)]
    traces = {line.get_linestyle() + str(line._unscaled_dash_pattern) for line in figure.axes[0].lines[:3]}
    assert len(traces) == 3


@pytest.mark.parametrize("count", [1, 4, 5, 13])
def test_slope_maps_wrap(count):
    names = made_up.MANY[:count]
    figure = objective.slope_maps(made_up.surfaces(names), looks(names))
    assert [axis.get_title() for axis in figure.axes[:count]] == list(names)
    assert figure.axes[count].get_ylabel().startswith("slope of the objective")
    assert "probability ratio r" in figure.get_supxlabel()
    assert "standardised" in figure.get_supylabel()
    assert faults(figure) == []


def test_the_pareto_front_tells_verdicts_by_shape():
    texts = ["a", "b", "c", "d"]
    members = [
        {"expression": text, "complexity": 3 * k + 1, "nmse": 10.0**-k, "heldout_nmse": 2 * 10.0**-k}
        for k, text in enumerate(texts)
    ]
    members[3]["nmse"] = 0.0  # exact: at the edge
    figure = front.pareto(members, {"a": "proved", "b": "refuted", "c": "unknown"})
    (axis,) = figure.axes
    shapes = [line.get_marker() for line in axis.lines if len(line.get_xdata()) == 1]
    assert shapes == ["o", "X", "s", "d"]
    assert legend_labels(figure)[2:] == ["proved a valid drift", "refuted", "not decided", "verification not run"]
    assert "1e-8" in axis.get_ylabel()
    assert axis.get_ylim()[0] < 1e-8
    assert faults(figure) == []


def test_improvement_writes_the_word_of_the_record_beside_each_drift():
    words = {"spo": "better", "dpo": "not told apart", "none": "worse"}
    records = [
        {"drift": name, "word": word, "probability": {"value": p, "low": p - 0.1, "high": p + 0.1}}
        for (name, word), p in zip(words.items(), (0.8, 0.5, 0.2), strict=True)
    ]
    figure = intervals.improvement(records, looks(["ppo", *words]))
    (axis,) = figure.axes
    rows = {round(y): label.get_text() for y, label in zip(axis.get_yticks(), axis.get_yticklabels(), strict=True)}
    assert {rows[round(text.xy[1])]: text.get_text() for text in axis.texts} == words
    assert any(list(line.get_xdata()) == [0.5, 0.5] for line in axis.lines)


def test_aggregates_are_ordered_by_iqm_and_draw_their_intervals():
    summary = made_up.summary(made_up.FEW, {}, ["a", "b"])
    figure = intervals.aggregates(summary["aggregates"], looks(made_up.FEW), scale=SCALE)
    ordered = sorted(summary["aggregates"], key=lambda record: record["iqm"]["value"])
    assert [label.get_text() for label in figure.axes[0].get_yticklabels()] == [record["drift"] for record in ordered]
    for axis, key in zip(figure.axes, intervals.AGGREGATES, strict=True):
        spans = [line.get_xdata() for line in axis.lines if len(line.get_xdata()) == 2 and line.get_linewidth() == 3]
        np.testing.assert_allclose(spans, [[record[key]["low"], record[key]["high"]] for record in ordered])
    assert SCALE in figure.get_supxlabel()


def test_profiles_and_sample_efficiency_draw_the_summary():
    summary, drawn = made_up.summary(made_up.FEW, {}, ["a", "b"]), looks(made_up.FEW)
    figure = profiles.profiles(summary["profiles"], drawn, scale=SCALE)
    for line, found in zip(figure.axes[0].lines, summary["profiles"]["drifts"].values(), strict=True):
        np.testing.assert_allclose(line.get_ydata(), found["value"])
    assert SCALE in figure.axes[0].get_xlabel()
    figure = profiles.sample_efficiency(summary["sample_efficiency"], drawn, scale=SCALE)
    np.testing.assert_allclose(figure.axes[0].lines[0].get_xdata(), np.linspace(0, 100, 21))
    assert "(%)" in figure.axes[0].get_xlabel()


def test_diagnostics_have_a_panel_with_a_unit_for_each_metric():
    found = made_up.diagnostics(made_up.FEW, diverging={"spo": 3})
    figure = diagnostics.diagnostics(found, np.arange(32), looks(made_up.FEW), heading="CartPole-v1", rng=rng())
    assert [axis.get_ylabel() for axis in figure.axes] == [unit for _, unit in diagnostics.METRICS.values()]
    assert {len(axis.lines) for axis in figure.axes} == {len(made_up.FEW)}
    assert "spo (3 diverged)" in legend_labels(figure)
    assert "not diverged" in figure.get_suptitle()
    assert figure.axes[1].get_yscale() == "log"  # KL differs by a factor of 1000
    assert figure.axes[0].get_yscale() == "linear"


def test_diagnostics_of_many_drifts_are_strips_of_their_means():
    drifts = made_up.MANY[:14]
    found = made_up.diagnostics(drifts, diverging={"ppo": 3})
    figure = diagnostics.diagnostics(found, np.arange(32), looks(drifts), heading="CartPole-v1", rng=rng())
    panels = [axis for axis in figure.axes if axis.images]
    assert [axis.get_title() for axis in panels] == [text for text, _ in diagnostics.METRICS.values()]
    shown = np.asarray(panels[0].images[0].get_array())
    np.testing.assert_allclose(shown, [np.nanmean(found[name]["entropy"], axis=0) for name in drifts], rtol=1e-5)
    assert "ppo (3 diverged)" in [text.get_text() for text in panels[0].get_yticklabels()]
    assert faults(figure) == []


def test_metrics_that_a_run_lacks_have_no_panel():
    found = {"ppo": {"entropy": np.ones((3, 5)), "approx_kl": np.ones((3, 5))}}
    figure = diagnostics.diagnostics(found, np.arange(5), looks(["ppo"]), heading="", rng=rng())
    assert [axis.get_title() for axis in figure.axes if axis.axison] == [
        "entropy of the policy",
        "approximate KL from the old policy",
    ]


def test_ratio_fans_have_one_in_the_middle():
    found = made_up.diagnostics(made_up.FEW)
    figure = diagnostics.ratio_fans(found, np.arange(32), looks(made_up.FEW), heading="CartPole-v1")
    assert [axis.get_title() for axis in figure.axes] == list(made_up.FEW)
    for axis, metrics in zip(figure.axes, found.values(), strict=True):
        low, high = axis.get_ylim()
        assert low * high == pytest.approx(1)
        np.testing.assert_allclose(axis.lines[0].get_ydata(), metrics["ratio_q50"].mean(axis=0), rtol=1e-5)
        assert axis.get_yticks()[0] * axis.get_yticks()[2] == pytest.approx(1)


def test_a_drift_that_holds_nothing_back_does_not_flatten_the_fans_of_the_others():
    found = made_up.diagnostics(made_up.FEW)
    found["none"] = {key: values**40 for key, values in found["none"].items()}
    figure = diagnostics.ratio_fans(found, np.arange(32), looks(made_up.FEW), heading="CartPole-v1")
    titles = [axis.get_title() for axis in figure.axes]
    assert titles == ["none\nbeyond the axis", *made_up.FEW[1:]]
    furthest = max(float(metrics["ratio_q99"].max()) for name, metrics in found.items() if name != "none")
    assert figure.axes[0].get_ylim()[1] < 4 * furthest
    assert faults(figure) == []


def test_a_drift_that_lets_nothing_move_has_a_fan_of_its_own():
    found = made_up.diagnostics(made_up.FEW)
    found["dpo"] = {key: np.ones_like(values) for key, values in found["dpo"].items()}
    figure = diagnostics.ratio_fans(found, np.arange(32), looks(made_up.FEW), heading="CartPole-v1")
    assert [axis.get_title().partition("\n")[0] for axis in figure.axes] == list(made_up.FEW)
    low, high = figure.axes[0].get_ylim()
    assert low < 1 < high


def test_a_sweep_draws_scores_at_its_values():
    made = made_up.findings(envs=("CartPole-v1", "Acrobot-v1"), sweep=(1e-4, 1e-3, 1e-2), diagnostics=None)
    figure = sweep.sensitivity(made.rows, looks(made_up.FEW), setting="learning_rate")
    for axis, env in zip(figure.axes, ("CartPole-v1", "Acrobot-v1"), strict=True):
        assert (axis.get_title(), axis.get_xscale()) == (env, "log")
        assert [label.get_text() for label in axis.get_xticklabels()] == ["1e-4", "1e-3", "1e-2"]
        for container, name in zip(axis.containers, made_up.FEW, strict=True):
            expected = [row["iqm"] for row in made.rows if (row["env"], row["drift"]) == (env, name)]
            np.testing.assert_allclose(container.lines[0].get_ydata(), expected)
