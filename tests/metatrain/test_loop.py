"""Meta-training end to end on a tiny inner loop: resuming bit by bit, judging, NaN, mistakes."""

import io
import itertools
from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from discovery.metatrain import loop
from discovery.metatrain.checkpoint import NAMES, state_from_arrays, state_to_arrays
from discovery.metatrain.config import MetaTrainConfig
from discovery.metatrain.loop import drift_params, init_state, meta_train
from discovery.rl.config import PPOConfig
from discovery.rl.ppo import TrainResult
from discovery.rl.seeds import Stream, stream_key, stream_keys
from discovery.rl.task import make_task

PPO = PPOConfig(total_steps=2048, num_envs=4, num_steps=32, update_epochs=4, hidden=(8,))
CONFIG = MetaTrainConfig(
    variant="residual", width=4, generations=4, population=4, sigma=1.0, evaluate_every=2, evaluate_seeds=3
)


@pytest.fixture(scope="module")
def task():
    return make_task("CartPole-v1")


@pytest.fixture(scope="module")
def reports(task):
    return list(meta_train(task, PPO, CONFIG))


def assert_same_state(a, b):
    for name, array in state_to_arrays(a).items():
        np.testing.assert_array_equal(array, state_to_arrays(b)[name], err_msg=name)


def test_reports_come_once_per_generation_and_judge_on_schedule(reports):
    assert [report.generation for report in reports] == [0, 1, 2, 3, 4]
    assert [report.held_out_score is not None for report in reports] == [True, False, True, False, True]
    assert [report.env_steps for report in reports] == [3 * 2048, 4 * 2048, 7 * 2048, 4 * 2048, 7 * 2048]
    for report in reports[1:]:
        assert report.nan_count == 0
        assert list(report.fitness_quantiles) == sorted(report.fitness_quantiles)
        assert report.fitness_quantiles[0] <= report.fitness_mean <= report.fitness_quantiles[-1]


def test_the_best_judged_mean_is_kept_beside_the_last(reports):
    judged = {report.generation: report for report in reports if report.held_out_scores is not None}
    best = max(judged.values(), key=lambda report: report.held_out_score or -np.inf)
    final = reports[-1].state
    assert int(final.best_generation) == best.generation
    assert float(final.best_score) == pytest.approx(best.held_out_score, rel=1e-6)
    np.testing.assert_array_equal(final.best_mean, judged[best.generation].state.strategy.mean)
    means = [np.asarray(report.state.strategy.mean) for report in reports]
    assert all(not np.array_equal(a, b) for a, b in itertools.pairwise(means))


def test_resuming_from_a_saved_checkpoint_is_bitwise_the_same(task, reports):
    iterator = meta_train(task, PPO, CONFIG)
    halfway = next(report for report in iterator if report.generation == 2)
    iterator.close()  # type: ignore[attr-defined]
    file = io.BytesIO()
    np.savez(file, **state_to_arrays(halfway.state))  # type: ignore[arg-type]
    file.seek(0)
    with np.load(file, allow_pickle=False) as arrays:
        state = state_from_arrays(arrays)
    assert_same_state(state, halfway.state)
    rest = list(meta_train(task, PPO, CONFIG, state=state))
    assert [report.generation for report in rest] == [3, 4]
    assert_same_state(rest[-1].state, reports[-1].state)


def test_another_seed_starts_from_another_drift_and_another_key():
    zero, one = (state_to_arrays(init_state(replace(CONFIG, seed=seed))) for seed in (0, 1))
    assert not np.array_equal(zero["mean"], one["mean"])
    assert not np.array_equal(zero["key"], one["key"])


def test_a_second_run_does_not_recompile(task, reports):
    """It gives the same reports, and takes a fraction of the seconds."""
    before = loop._compiled.cache_info().misses
    again = list(meta_train(task, PPO, CONFIG))
    assert loop._compiled.cache_info().misses == before
    assert_same_state(again[-1].state, reports[-1].state)


def test_diverged_members_are_counted_and_the_mean_survives(task, monkeypatch):
    """One of each antithetic pair diverges, and only that tells them apart: the mean moves away from it."""
    config = replace(CONFIG, generations=1, evaluate_every=0)
    before = drift_params(config, init_state(config).strategy.mean)["w2"]

    def make_diverging(*args):
        def train(key, params):
            score = jnp.where(params["w2"][0] > before[0], jnp.nan, 1.0)
            return TrainResult(jnp.full(5, score), jnp.ones(5), (), *[jnp.zeros(0)] * 3)

        return train

    monkeypatch.setattr(loop, "make_train", make_diverging)
    (report,) = meta_train(task, PPO, config)
    assert report.nan_count == 2
    assert report.fitness_mean == 1.0
    assert report.held_out_score == 1.0  # the mean itself, moved down, does not diverge
    after = drift_params(config, report.state.strategy.mean)["w2"]
    assert np.isfinite(np.asarray(after)).all()
    assert after[0] < before[0]


def test_a_mean_that_diverges_is_never_the_best(task, monkeypatch):
    def make_diverging(*args):
        return lambda key, params: TrainResult(jnp.full(5, jnp.nan), jnp.ones(5), (), *[jnp.ones(0)] * 3)

    monkeypatch.setattr(loop, "make_train", make_diverging)
    *_, report = meta_train(task, PPO, replace(CONFIG, generations=2, evaluate_every=1))
    assert report.nan_count == 4
    assert np.isnan(report.fitness_mean)
    assert report.held_out_score is not None
    assert np.isnan(report.held_out_score)
    assert int(report.state.best_generation) == -1


def test_a_state_of_other_settings_is_refused(task):
    with pytest.raises(ValueError, match="variant and width"):
        meta_train(task, PPO, replace(CONFIG, width=8), state=init_state(CONFIG))


@pytest.mark.parametrize("name", NAMES)
def test_a_checkpoint_that_lacks_an_array_is_refused(name):
    arrays = state_to_arrays(init_state(CONFIG))
    del arrays[name]
    with pytest.raises(ValueError, match=name):
        state_from_arrays(arrays)


def test_a_checkpoint_of_mixed_sizes_is_refused():
    arrays = state_to_arrays(init_state(CONFIG))
    arrays["adam_mu"] = arrays["adam_mu"][:-1]
    with pytest.raises(ValueError, match="damaged"):
        state_from_arrays(arrays)


def test_the_streams_of_one_seed_share_no_key():
    keys = [stream_keys(0, stream, 50) for stream in Stream] + [stream_key(0, stream)[None] for stream in Stream]
    words = np.concatenate([np.asarray(jax.random.key_data(k)) for k in keys])
    assert len(np.unique(words, axis=0)) == len(words)
    prefix = jax.random.key_data(stream_keys(0, Stream.HELD_OUT, 5))
    np.testing.assert_array_equal(prefix, jax.random.key_data(stream_keys(0, Stream.HELD_OUT, 50))[:5])
