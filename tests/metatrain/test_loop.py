"""Meta-training's own logic on a toy: resuming bit by bit, judging, chunks, several environments, NaN, compilation."""

import itertools
from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from discovery.metatrain import programs
from discovery.metatrain.checkpoint import state_from_arrays, state_to_arrays
from discovery.metatrain.config import STRATEGIES
from discovery.metatrain.learned import drift_params, first_mean
from discovery.metatrain.loop import AllDivergedError, init_state, meta_train
from discovery.metatrain.programs import InnerLoop
from discovery.rl.seeds import Stream, stream_key, stream_keys
from tests.metatrain.toy import CONFIG, LOOPS, NOISE, PPO, Curve, make_toy_train, patch, toy_reports, toy_task


@pytest.fixture
def reports(monkeypatch):
    return toy_reports(monkeypatch)


def assert_same_state(a, b):
    for name, array in state_to_arrays(a).items():
        np.testing.assert_array_equal(array, state_to_arrays(b)[name], err_msg=name)


def test_reports_come_once_per_generation_and_judge_on_schedule(reports):
    assert [report.generation for report in reports] == [0, 1, 2, 3, 4]
    assert [report.held_out is not None for report in reports] == [True, False, True, False, True]
    # the first judgement is also one of no drift and of the clip
    assert [report.env_steps for report in reports] == [9 * 128, 6 * 128, 9 * 128, 6 * 128, 9 * 128]
    for report in reports[1:]:
        assert report.scores.shape == (6, 1)
        assert report.nan_count == 0
    np.testing.assert_allclose(reports[0].held_out.references, [[2.0], [3.0]], atol=5 * NOISE)


def test_records_have_quantiles_in_order_and_the_references(reports):
    record = reports[2].to_json()
    names = ("fitness_min", "fitness_low", "fitness_median", "fitness_high", "fitness_max")
    values = [record[name] for name in names]
    assert values == sorted(values)
    assert record["held_out"] == pytest.approx(float(reports[2].held_out.scores.mean()))
    assert record["held_out_none"] == pytest.approx(2, abs=0.1)
    assert record["held_out_ppo"] == pytest.approx(3, abs=0.1)
    assert record["by_env"]["near"]["held_out_ppo"] == record["held_out_ppo"]
    assert reports[1].to_json()["held_out"] is None


@pytest.mark.parametrize("es", STRATEGIES)
def test_every_strategy_climbs(monkeypatch, es):
    config = replace(CONFIG, es=es, generations=40, population=16, evaluate_every=40)
    first, *_, last = toy_reports(monkeypatch, config=config)
    assert last.held_out.score > 0.5 * first.held_out.score  # scores are negative: the distance has halved at least


def test_the_best_judged_mean_is_kept_beside_the_last(reports):
    judged = [report for report in reports if report.held_out is not None]
    best = max(judged, key=lambda report: report.held_out.score)
    final = reports[-1].state
    assert int(final.best_generation) == best.generation
    assert float(final.best_score) == pytest.approx(best.held_out.score, rel=1e-6)
    np.testing.assert_array_equal(final.best_mean, best.state.search.mean)
    means = [np.asarray(report.state.search.mean) for report in reports]
    assert all(not np.array_equal(a, b) for a, b in itertools.pairwise(means))


@pytest.mark.parametrize(("es", "at"), [(es, 2) for es in STRATEGIES] + [("open", 0), ("open", 1)])
def test_resuming_is_bitwise_the_same(monkeypatch, es, at):
    config = replace(CONFIG, es=es)
    whole = toy_reports(monkeypatch, config=config)
    arrays = state_to_arrays(whole[at].state)
    state = state_from_arrays(arrays, init_state(config, 1))
    assert_same_state(state, whole[at].state)
    rest = list(meta_train(LOOPS, config, state=state))
    assert [report.generation for report in rest] == list(range(at + 1, 5))
    for report in rest:
        assert_same_state(report.state, whole[report.generation].state)


def test_another_seed_starts_from_another_drift_and_another_key():
    zero, one = (state_to_arrays(init_state(replace(CONFIG, seed=seed), 1)) for seed in (0, 1))
    assert not np.array_equal(zero["search.mean"], one["search.mean"])
    assert not np.array_equal(zero["key"], one["key"])


def test_one_configuration_is_compiled_once(monkeypatch):
    """However many generations: two programs, each traced and compiled once; a second run compiles nothing."""
    compiled = []
    monkeypatch.setattr(jax.stages.Lowered, "compile", _counted(jax.stages.Lowered.compile, compiled))
    with jax.log_compiles(False):
        toy_reports(monkeypatch, config=replace(CONFIG, generations=9))
        assert len(compiled) == 2
        list(meta_train(LOOPS, replace(CONFIG, generations=9)))
    assert len(compiled) == 2
    assert programs.compiled_programs.cache_info().hits == 1


def _counted(function, calls):
    def counting(*args, **kwargs):
        calls.append(args)
        return function(*args, **kwargs)

    return counting


@pytest.mark.parametrize("chunk", [1, 2, 4])
def test_chunks_change_nothing_but_rounding(monkeypatch, chunk):
    whole = toy_reports(monkeypatch)
    chunked = toy_reports(monkeypatch, chunk=chunk)
    assert {report.chunk for report in chunked} == {{1: 1, 2: 2, 4: 3}[chunk]}  # 6 members in even turns
    for a, b in zip(whole, chunked, strict=True):
        np.testing.assert_allclose(a.scores, b.scores, rtol=1e-5)


def test_a_population_larger_than_the_memory_is_evaluated_in_chunks(monkeypatch):
    needs = {6: 100, 3: 50, 2: 33, 1: 20}
    seen = []

    def pretended(compiled):
        del compiled
        return needs[seen[-1]]

    real = programs._generation_step

    def recorded(loops, config, mesh, chunk):
        seen.append(chunk)
        return real(loops, config, mesh, chunk)

    monkeypatch.setattr(programs, "_generation_step", recorded)
    monkeypatch.setattr(programs, "program_bytes", pretended)
    monkeypatch.setattr(programs, "budget_bytes", lambda memory_gib: 60)
    reports = toy_reports(monkeypatch)
    assert seen == [6, 3]
    assert reports[-1].chunk == 3
    seen.clear()
    monkeypatch.setattr(programs, "budget_bytes", lambda memory_gib: 10)
    with pytest.raises(ValueError, match=r"one member needs .* lower ppo.num_envs"):
        toy_reports(monkeypatch)


def test_several_environments_weigh_the_same_whatever_their_units(monkeypatch):
    """Both tasks rank the members alike, in units a hundred times apart: the search goes as in one of them."""
    both = [InnerLoop(toy_task("near"), PPO), InnerLoop(toy_task("far"), PPO)]
    alone = toy_reports(monkeypatch)
    together = toy_reports(monkeypatch, loops=both)
    np.testing.assert_allclose(together[-1].state.search.mean, alone[-1].state.search.mean, rtol=1e-4)
    assert together[1].scores.shape == (6, 2)
    assert together[1].env_steps == 2 * alone[1].env_steps
    record = together[2].to_json()
    assert set(record["by_env"]) == {"near", "far"}
    assert (record["held_out_none"], record["held_out_ppo"]) == (0.0, 1.0)
    assert (record["fitness_min"], record["fitness_max"]) == (-0.5, 0.5)  # ranks, where both environments agree


def test_diverged_members_are_counted_and_the_mean_moves_away_from_them(monkeypatch):
    """One of each antithetic pair diverges, and only that tells them apart."""
    config = replace(CONFIG, generations=1, evaluate_every=0)
    before = drift_params(config, first_mean(config))["w2"]

    def make_diverging(*args):
        def train(key, params):
            w2 = params["params"][0]["w2"] if "index" in params else params["w2"]
            return Curve(jnp.full(5, jnp.where(w2[0] > before[0], jnp.nan, 1.0)))

        return train

    patch(monkeypatch, make_diverging)
    (report,) = meta_train(LOOPS, config)
    assert report.nan_count == 3
    assert report.to_json()["fitness_median"] == 1.0
    after = drift_params(config, report.state.search.mean)["w2"]
    assert np.isfinite(np.asarray(after)).all()
    assert after[0] < before[0]


def test_a_diverged_held_out_run_counts_as_the_worst_and_is_counted(monkeypatch):
    """Of each judgement the first seed diverges: the others still tell means apart, and references are kept."""
    first = stream_keys(CONFIG.seed, Stream.HELD_OUT, 1)[0]

    def make_diverging(task, config, drift):
        train = make_toy_train(task, config, drift)

        def broken(key, params):
            same = jnp.all(jax.random.key_data(key) == jax.random.key_data(first))
            return Curve(jnp.where(same, jnp.nan, train(key, params).returns))

        return broken

    patch(monkeypatch, make_diverging)
    reports = list(meta_train(LOOPS, CONFIG))
    judged = [report.held_out for report in reports if report.held_out is not None]
    for held in judged:
        assert np.isnan(held.scores[:, 0]).tolist() == [True, False, False]
        assert np.isfinite(held.score)
    assert judged[0].score <= np.nanmean(judged[0].scores)
    assert reports[2].to_json()["held_out_nan"] == 1
    assert reports[2].env_steps == reports[4].env_steps  # the references were judged once
    assert int(reports[-1].state.best_generation) >= 0


def test_a_generation_without_any_fitness_stops_and_keeps_the_state_before_it(monkeypatch):
    patch(monkeypatch)
    generations = meta_train([InnerLoop(toy_task("broken"), PPO)], CONFIG)
    first = next(generations)
    assert np.isnan(first.held_out.score)
    assert int(first.state.best_generation) == -1
    with pytest.raises(AllDivergedError, match="every member of generation 1 scored NaN") as caught:
        next(generations)
    assert_same_state(caught.value.state, first.state)


def test_a_state_of_other_settings_is_refused():
    with pytest.raises(ValueError, match="variant and width"):
        meta_train(LOOPS, replace(CONFIG, width=8), state=init_state(CONFIG, 1))


@pytest.mark.parametrize("name", state_to_arrays(init_state(CONFIG, 1)))
def test_a_checkpoint_that_lacks_an_array_is_refused(name):
    like = init_state(CONFIG, 1)
    arrays = state_to_arrays(like)
    del arrays[name]
    with pytest.raises(ValueError, match=f"has no {name}"):
        state_from_arrays(arrays, like)


def test_a_checkpoint_of_another_strategy_or_width_is_refused():
    like = init_state(CONFIG, 1)
    with pytest.raises(ValueError, match=r"search\.\w+ is|has no search\.\w+"):
        state_from_arrays(state_to_arrays(init_state(replace(CONFIG, es="cma"), 1)), like)
    with pytest.raises(ValueError, match=r"float32\[36\], the settings need float32\[18\]"):
        state_from_arrays(state_to_arrays(init_state(replace(CONFIG, width=4), 1)), like)


def test_the_streams_of_one_seed_share_no_key():
    keys = [stream_keys(0, stream, 50) for stream in Stream] + [stream_key(0, stream)[None] for stream in Stream]
    words = np.concatenate([np.asarray(jax.random.key_data(k)) for k in keys])
    assert len(np.unique(words, axis=0)) == len(words)
    prefix = jax.random.key_data(stream_keys(0, Stream.HELD_OUT, 5))
    np.testing.assert_array_equal(prefix, jax.random.key_data(stream_keys(0, Stream.HELD_OUT, 50))[:5])


def test_the_toy_is_not_left_behind(monkeypatch):
    """Programs of the toy must not serve another test."""
    patch(monkeypatch, make_toy_train)
    assert programs.compiled_programs.cache_info().currsize == 0
