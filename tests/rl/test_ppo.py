"""The training loop: probe tasks with known answers, the learning curve, compilation and vmap."""

from collections.abc import Callable
from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

from discovery.drifts.drift import Drift
from discovery.drifts.lowering import lower
from discovery.drifts.neural import neural_drift
from discovery.drifts.stack import stack_drifts
from discovery.expression.parser import parse
from discovery.rl.config import PPOConfig
from discovery.rl.networks import Critic
from discovery.rl.ppo import _shuffled, make_train
from discovery.rl.seeds import Stream, stream_keys
from discovery.rl.task import Task, TaskState, TaskStep, make_task

PPO_DRIFT = Drift(lambda key: (), lambda p, r, A: jax.nn.relu((r - jnp.clip(r, 0.8, 1.2)) * A))
NO_DRIFT = Drift(lambda key: (), lambda p, r, A: jnp.zeros_like(r))
TINY = PPOConfig(total_steps=1024, num_envs=4, num_steps=32, update_epochs=2, hidden=(8,), gamma=0.9)


def probe(length: int, *, truncate: bool, reward: Callable[[jax.Array], jax.Array]) -> Task:
    """Episodes of a fixed length with two actions and nothing to see."""
    obs = jnp.zeros(1)

    def reset(key):
        return TaskState(jnp.int32(0), jnp.float32(0)), obs

    def step(key, state, action):
        r = jnp.asarray(reward(action), jnp.float32)
        total, count = state.episode_return + r, state.env + 1
        done = count >= length
        after = TaskState(jnp.where(done, 0, count), jnp.where(done, 0.0, total))
        return TaskStep(after, obs, obs, r, done & (not truncate), done & truncate, total)

    return Task("probe", 1, 2, False, reset, step)


@pytest.mark.parametrize("drift", [PPO_DRIFT, NO_DRIFT])
def test_learns_the_better_arm_of_a_bandit(drift):
    task = probe(1, truncate=False, reward=lambda action: action == 1)
    config = replace(TINY, total_steps=8192)
    result = jax.jit(make_train(task, config, drift))(jax.random.key(0), ())
    assert result.returns[0] < 0.9
    assert result.returns[-5:].mean() == pytest.approx(1.0, abs=0.05)


@pytest.mark.parametrize(("truncate", "value"), [(True, 10.0), (False, 1.0)])
def test_value_goes_on_through_a_truncation_and_ends_at_a_termination(truncate, value):
    """Reward 1 for ever is worth 1 / (1 - gamma); reward 1 and the end is worth 1. Episodes have one step."""
    task = probe(1, truncate=truncate, reward=jnp.ones_like)
    config = PPOConfig(
        total_steps=8192,
        num_envs=4,
        num_steps=16,
        update_epochs=8,
        hidden=(8,),
        gamma=0.9,
        reward_scale=1.0,
    )
    result = jax.jit(make_train(task, config, PPO_DRIFT))(jax.random.key(0), ())
    critic = Critic(config.hidden, config.activation)
    assert float(jnp.asarray(critic.apply(result.params["critic"], jnp.zeros(1)))) == pytest.approx(value, rel=0.05)


def test_the_curve_holds_its_first_known_value_until_an_episode_has_ended():
    task = probe(80, truncate=True, reward=jnp.ones_like)  # 32 steps per update: known from the third on
    result = jax.jit(make_train(task, TINY, PPO_DRIFT))(jax.random.key(0), ())
    np.testing.assert_array_equal(result.episodes[:4], [0, 0, 4, 4])
    assert np.all(np.asarray(result.returns) == 80)


def test_a_task_whose_episodes_never_end_scores_nan():
    task = probe(10**6, truncate=True, reward=jnp.ones_like)
    result = jax.jit(make_train(task, TINY, PPO_DRIFT))(jax.random.key(0), ())
    assert np.isnan(np.asarray(result.returns)).all()


def test_a_diverged_run_scores_nan_and_not_its_last_good_return():
    exploding = Drift(lambda key: (), lambda p, r, A: p * r)
    task = make_task("CartPole-v1")
    train = jax.jit(make_train(task, TINY, exploding))
    assert np.isnan(np.asarray(train(jax.random.key(0), jnp.float32(jnp.nan)).returns)).all()
    assert np.isfinite(np.asarray(train(jax.random.key(0), jnp.float32(0.0)).returns)).all()


def count_to_nan(length: int) -> Task:
    """One-step episodes that pay 0, and NaN once an environment has had `length` of them."""

    def reset(key):
        return TaskState(jnp.int32(0), jnp.float32(0)), jnp.zeros(1)

    def step(key, state, action):
        count = state.env + 1
        broken = count > length
        reward = jnp.where(broken, jnp.nan, jnp.asarray(action, jnp.float32))
        obs = jnp.where(broken, jnp.nan, jnp.ones(1))
        after = TaskState(count, jnp.float32(0))
        return TaskStep(after, obs, obs, reward, jnp.bool_(True), jnp.bool_(False), jnp.float32(count))

    return Task("count", 1, 2, False, reset, step)


def test_a_run_that_diverges_late_is_frozen_at_its_last_finite_networks():
    """Five sound updates and three that a NaN breaks leave what five sound updates alone leave."""
    config = replace(TINY, anneal_learning_rate=False, normalise_obs=True, normalise_reward=True)
    sound = replace(config, total_steps=5 * config.batch_size)
    broken = jax.jit(make_train(count_to_nan(5 * config.num_steps), config, PPO_DRIFT))(jax.random.key(0), ())
    alone = jax.jit(make_train(count_to_nan(10**6), sound, PPO_DRIFT))(jax.random.key(0), ())
    np.testing.assert_array_equal(np.isnan(broken.returns), [False] * 5 + [True] * 3)
    np.testing.assert_array_equal(broken.returns[:5], alone.returns)
    kept, expected = (jax.tree.leaves((r.params, r.statistics)) for r in (broken, alone))
    for left, right in zip(kept, expected, strict=True):
        np.testing.assert_allclose(left, right, rtol=1e-5)


def test_a_diverged_run_does_not_disturb_its_neighbours():
    late = Drift(lambda key: (), lambda p, r, A: jnp.where(jnp.abs(r - 1) > p, jnp.nan, 0.0) * r)
    train = make_train(make_task("CartPole-v1"), TINY, late)
    bounds = jnp.array([0.01, jnp.inf])  # the first turns NaN as soon as a ratio has moved by a hundredth
    both = jax.jit(jax.vmap(train, in_axes=(None, 0)))(jax.random.key(0), bounds)
    assert np.isnan(both.returns[0, -1])
    assert np.isfinite(np.asarray(both.returns[1])).all()
    assert all(np.isfinite(np.asarray(leaf)).all() for leaf in jax.tree.leaves(both.params))


def test_samples_are_on_policy_triples_with_normalised_advantages():
    task = make_task("CartPole-v1")
    result = jax.jit(make_train(task, TINY, PPO_DRIFT, num_samples=1001))(jax.random.key(0), ())
    assert result.ratio.shape == result.advantage.shape == (1001,)
    assert np.median(result.ratio) == pytest.approx(1, abs=0.05)
    assert np.std(result.ratio) > 1e-3
    assert np.mean(result.advantage) == pytest.approx(0, abs=0.1)
    assert np.std(result.advantage) == pytest.approx(1, abs=0.1)
    counts = np.unique(np.asarray(result.progress), return_counts=True)
    np.testing.assert_allclose(counts[0], np.arange(8) / 8)  # of 8 updates
    assert counts[1].min() >= 120
    plain = jax.jit(make_train(task, TINY, PPO_DRIFT))(jax.random.key(0), ())
    np.testing.assert_allclose(plain.returns, result.returns, rtol=1e-5)  # looking does not disturb


@pytest.fixture(scope="module")
def trained():
    """The same agent trained with several drifts, in one compilation: name -> TrainResult."""
    fading = lower(parse("(1 - progress)*4*(r - 1)**2", allowed=("r", "progress")))
    strong = lower(parse("20*(r - 1)**2"))
    drifts = {
        "none": NO_DRIFT,
        "strong": strong,
        "late": Drift(
            strong.init, lambda p, r, A, *, progress: (progress >= 0.25) * strong.apply(p, r, A), sees_progress=True
        ),
        "fading": fading,
        "frozen": Drift(fading.init, lambda p, r, A: fading.apply(p, r, A, progress=0.25)),
        "formula": lower(parse("3*(r - 1)**2")),
    }
    task = probe(1, truncate=False, reward=lambda action: action == 1)
    train = make_train(task, TINY, stack_drifts(list(drifts.values())), num_samples=800)
    params = {"index": jnp.arange(len(drifts)), "params": ((),) * len(drifts)}
    results = jax.jit(jax.vmap(train, (None, {"index": 0, "params": None})))(jax.random.key(0), params)
    return {name: jax.tree.map(lambda x, i=i: np.asarray(x[i]), results) for i, name in enumerate(drifts)}


def test_progress_is_the_share_of_updates_done(trained):
    """A drift that is none until a quarter of the training is done, and strong from there on."""
    late, none, strong = trained["late"], trained["none"], trained["strong"]
    early = late.progress < 0.25
    assert early.sum() == 200
    np.testing.assert_allclose(late.ratio[early], none.ratio[early], rtol=1e-5)
    assert not np.allclose(late.ratio[early], strong.ratio[early], rtol=1e-2)
    assert not np.allclose(late.ratio[~early], none.ratio[~early], rtol=1e-2)


def test_a_temporal_drift_frozen_by_hand_trains_like_the_formula(trained):
    """f(r, A, n/N) with n/N replaced by 1/4 is the drift of the formula that has 1/4 for progress."""
    np.testing.assert_allclose(trained["frozen"].ratio, trained["formula"].ratio, rtol=1e-4)
    np.testing.assert_allclose(trained["frozen"].returns, trained["formula"].returns, rtol=1e-4)
    assert not np.allclose(trained["frozen"].ratio, trained["fading"].ratio, rtol=1e-3)


def test_mapping_over_seeds_and_drift_parameters_equals_single_calls():
    """Two runs that differ in one rounding drift apart in time, so the run is short."""
    config = PPOConfig(total_steps=256, num_envs=4, num_steps=32, update_epochs=2, hidden=(8,))
    drift = neural_drift("residual", width=16)
    train = make_train(make_task("Pendulum-v1"), config, drift, num_samples=64)
    keys = jax.random.split(jax.random.key(0), 3)
    params = jax.vmap(drift.init)(jax.random.split(jax.random.key(1), 3))
    both = jax.jit(jax.vmap(train))(keys, params)
    shared = jax.jit(jax.vmap(train, in_axes=(None, 0)))(keys[0], params)
    single = jax.jit(train)
    for i in range(3):
        member = jax.tree.map(lambda x, i=i: x[i], params)
        one = single(keys[i], member)
        np.testing.assert_allclose(one.ratio, both.ratio[i], rtol=1e-3)
        np.testing.assert_allclose(one.advantage, both.advantage[i], rtol=1e-2, atol=1e-3)
        one = single(keys[0], member)
        np.testing.assert_allclose(one.ratio, shared.ratio[i], rtol=1e-3)
    assert not np.allclose(both.ratio[0], both.ratio[1], rtol=1e-3)
    assert not np.allclose(shared.ratio[0], shared.ratio[1], rtol=1e-6)  # the drift matters


def test_a_second_call_does_not_recompile():
    drift = neural_drift("lpo", width=4)
    traces = []

    def traced(key, params):
        traces.append(1)
        return make_train(make_task("CartPole-v1"), TINY, drift)(key, params)

    train = jax.jit(traced)
    train(jax.random.key(0), drift.init(jax.random.key(0)))
    train(jax.random.key(1), drift.init(jax.random.key(1)))
    assert len(traces) == 1


def test_the_same_seed_gives_the_same_curve():
    train = jax.jit(make_train(make_task("CartPole-v1"), TINY, PPO_DRIFT))
    first, again, other = (np.asarray(train(jax.random.key(s), ()).returns) for s in (0, 0, 1))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


@pytest.mark.slow
def test_ppo_solves_cartpole():
    """The settings of CleanRL and PureJaxRL, at 500,000 steps; the reference return is 500."""
    config = PPOConfig(
        total_steps=500_000,
        num_envs=4,
        num_steps=128,
        update_epochs=4,
        num_minibatches=4,
        learning_rate=2.5e-4,
        gamma=0.99,
        ent_coef=0.01,
        hidden=(64, 64),
        reward_scale=1.0,
    )
    train = jax.vmap(make_train(make_task("CartPole-v1"), config, PPO_DRIFT), in_axes=(0, None))
    keys = stream_keys(0, Stream.BENCHMARK, 16)
    optimised: dict[str, str | bool] = {
        "xla_backend_optimization_level": "2"
    }  # the other tests ask for quick compilation
    compiled = jax.jit(train).lower(keys, ()).compile(compiler_options=optimised)
    returns = np.asarray(compiled(keys, ()).returns)
    assert returns[:, -config.num_updates // 10 :].mean() >= 475


def test_a_negative_number_of_samples_is_refused():
    with pytest.raises(ValueError, match="num_samples"):
        make_train(make_task("CartPole-v1"), TINY, PPO_DRIFT, num_samples=-1)


@pytest.mark.parametrize("size", [1, 2, 5, 512, 20_480])
def test_a_shuffle_is_a_permutation_and_another_one_every_epoch(size):
    orders = np.asarray(_shuffled(jax.random.key(0), 3, size))
    np.testing.assert_array_equal(np.sort(orders, axis=1), np.tile(np.arange(size), (3, 1)))
    assert size < 5 or not (orders[0] == orders[1]).all()


def test_all_orders_are_equally_likely():
    orders = np.asarray(_shuffled(jax.random.key(1), 24_000, 4)) @ [64, 16, 4, 1]
    counts = np.unique(orders, return_counts=True)[1]
    assert len(counts) == 24
    assert stats.chisquare(counts).pvalue > 1e-3
