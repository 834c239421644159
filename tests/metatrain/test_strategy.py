"""The strategies: what their states are made of, and the identities of OpenES."""

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

from discovery.metatrain.config import STRATEGIES, MetaTrainConfig
from discovery.metatrain.fitness import centred_rank, combined_fitness, held_out_score
from discovery.metatrain.strategy import SHAPINGS, learning_rate, make_strategy, sigma

CONFIG = MetaTrainConfig(population=16, sigma=0.1, learning_rate=0.05)


def step(config, fitness, size=6):
    """One generation of a fitness function from the origin: (population, state before, state after)."""
    strategy = make_strategy(config, size)
    before = strategy.init(jnp.zeros(size))
    population, asked = strategy.ask(before, jax.random.key(0))
    return population, before, strategy.tell(asked, population, fitness(population), jax.random.key(1))


def test_the_population_of_open_is_antithetic_with_the_right_spread():
    strategy = make_strategy(CONFIG, 5000)
    mean = jnp.arange(5000, dtype=jnp.float32)
    population, _ = strategy.ask(strategy.init(mean), jax.random.key(0))
    assert population.shape == (16, 5000)
    np.testing.assert_allclose(population[:8] + population[8:], 2 * mean[None].repeat(8, 0), rtol=1e-5)
    assert float(jnp.std((population - mean)[:, :100])) == pytest.approx(0.1, rel=0.1)


def test_the_first_step_of_open_is_adam_on_the_rank_gradient():
    """Adam's first step is the learning rate times the sign of the gradient, sum_i u_i z_i up the fitness."""
    population, _, after = step(CONFIG, lambda x: -jnp.sum(jnp.square(x - 0.3), axis=1))
    fitness = -np.sum(np.square(np.asarray(population) - 0.3), axis=1)
    ranks = (stats.rankdata(fitness) - 1) / 15 - 0.5
    np.testing.assert_allclose(after.mean, 0.05 * np.sign(ranks @ np.asarray(population)), rtol=1e-3)


@pytest.mark.parametrize("es", STRATEGIES)
def test_types_never_change(es):
    """A weakly typed leaf would make the second generation compile again."""
    _, before, after = step(replace(CONFIG, es=es), lambda x: -jnp.sum(x, axis=1))
    for a, b in zip(jax.tree.leaves(before), jax.tree.leaves(after), strict=True):
        assert jax.typeof(a) == jax.typeof(b)
        assert not jax.typeof(b).weak_type


@pytest.mark.parametrize("es", STRATEGIES)
def test_every_strategy_starts_with_the_spread_that_was_asked_for(es):
    population, before, _ = step(replace(CONFIG, es=es, sigma=0.7), lambda x: -jnp.sum(x, axis=1), size=400)
    assert float(jnp.mean(before.std)) == pytest.approx(0.7)
    assert float(jnp.std(population)) == pytest.approx(0.7, rel=0.1)


@pytest.mark.parametrize("es", STRATEGIES)
def test_nan_is_the_worst_and_spoils_nothing(es):
    """Where a third of the plane diverges and the rest is flat, the mean leaves it."""
    config = replace(CONFIG, es=es, population=64)
    _, _, after = step(config, lambda x: jnp.where(x[:, 0] > 0.05, jnp.nan, 0.0))
    assert np.isfinite(np.asarray(after.mean)).all()
    assert after.mean[0] < 0


@pytest.mark.parametrize("es", STRATEGIES)
def test_weight_decay_shrinks_the_mean(es):
    def fitness(x):
        return -jnp.sum(jnp.square(x - 1), axis=1)

    _, _, plain = step(replace(CONFIG, es=es), fitness)
    _, _, decayed = step(replace(CONFIG, es=es, weight_decay=0.25), fitness)
    np.testing.assert_allclose(decayed.mean, 0.75 * plain.mean, rtol=1e-6)


def test_sigma_and_learning_rate_decay_to_their_floors():
    config = replace(CONFIG, sigma_decay=0.9, sigma_floor=0.05, learning_rate_decay=0.5, learning_rate_floor=0.02)
    np.testing.assert_allclose([sigma(config, g) for g in (0, 1, 100)], [0.1, 0.09, 0.05], rtol=1e-6)
    np.testing.assert_allclose([learning_rate(config, g) for g in (0, 1, 2)], [0.05, 0.025, 0.02], rtol=1e-6)


def test_open_follows_its_schedules():
    config = replace(CONFIG, sigma_decay=0.5, sigma_floor=0.01, learning_rate_decay=0.5)
    strategy = make_strategy(config, 3)
    state, spreads, moves = strategy.init(jnp.zeros(3)), [], []
    for _ in range(3):
        spreads.append(float(state.std))
        population, state = strategy.ask(state, jax.random.key(0))
        before = state.mean
        state = strategy.tell(state, population, population[:, 0], jax.random.key(1))
        moves.append(float(state.mean[0] - before[0]))
    np.testing.assert_allclose(spreads, [0.1, 0.05, 0.025], rtol=1e-6)
    np.testing.assert_allclose(moves, [0.05, 0.025, 0.0125], rtol=0.15)


def test_z_scores_are_standardised_and_give_nan_the_worst():
    shaped = SHAPINGS["zscore"](None, jnp.array([1.0, 2.0, jnp.nan, 3.0]), None, None)  # evosax minimises
    np.testing.assert_allclose(shaped, stats.zscore([1.0, 2.0, 3.0, 3.0]), rtol=1e-5)


def test_centred_ranks_match_scipy_with_ties_and_nan_is_the_worst():
    fitness = np.array([3.0, -1.0, 3.0, 7.0, 0.0, -1.0], np.float32)
    np.testing.assert_allclose(centred_rank(jnp.asarray(fitness)), (stats.rankdata(fitness) - 1) / 5 - 0.5, atol=1e-6)
    ranks = np.asarray(centred_rank(jnp.array([1.0, jnp.nan, -1e9, 2.0])))
    assert np.argmin(ranks) == 1
    assert np.isfinite(ranks).all()


def test_fitness_of_several_environments_is_the_mean_rank_and_nan_in_one_is_nan():
    scores = jnp.array([[1.0, -500.0], [2.0, -400.0], [3.0, -600.0], [4.0, jnp.nan]])
    np.testing.assert_allclose(combined_fitness(scores), [-1 / 6, 1 / 6, 0, jnp.nan], atol=1e-6)
    np.testing.assert_array_equal(combined_fitness(scores[:, :1]), scores[:, 0])


def test_held_out_scores_are_on_the_scale_of_none_and_ppo():
    references = np.array([[100.0, -1200.0], [300.0, -600.0]])
    assert held_out_score(references[0], references) == 0
    assert held_out_score(references[1], references) == 1
    assert held_out_score(np.array([200.0, -300.0]), references) == pytest.approx((0.5 + 1.5) / 2)
    assert held_out_score(np.array([7.0]), np.array([[0.0], [1.0]])) == 7
    level = np.array([[100.0, 5.0], [100.0, 5.0]])  # where the clip makes no difference, a twentieth is the unit
    assert held_out_score(np.array([105.0, 5.0]), level) == pytest.approx(0.5)
    assert np.isnan(held_out_score(np.array([np.nan, 1.0]), references))
