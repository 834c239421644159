"""The evolution strategy: ranks, the estimated gradient, and a climb to a known maximum."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

from discovery.metatrain import strategy
from discovery.metatrain.config import MetaTrainConfig

CONFIG = MetaTrainConfig(population=16, sigma=0.1, learning_rate=0.05)


def test_centred_ranks_match_scipy_with_ties():
    fitness = np.array([3.0, -1.0, 3.0, 7.0, 0.0, -1.0], np.float32)
    expected = (stats.rankdata(fitness) - 1) / 5 - 0.5
    np.testing.assert_allclose(strategy.centred_rank(jnp.asarray(fitness)), expected, atol=1e-6)


def test_nan_ranks_worst():
    ranks = strategy.centred_rank(jnp.array([1.0, jnp.nan, -1e9, 2.0]))
    assert np.argmin(np.asarray(ranks)) == 1
    assert np.isfinite(np.asarray(ranks)).all()


def test_the_population_is_antithetic_with_the_right_spread():
    state = strategy.init(jnp.arange(5000, dtype=jnp.float32))
    population, z = strategy.ask(state, CONFIG, key=jax.random.key(0))
    assert population.shape == (16, 5000)
    np.testing.assert_allclose(population[:8] + population[8:], 2 * state.mean[None].repeat(8, 0), rtol=1e-5)
    assert float(jnp.std(z)) == pytest.approx(1, abs=0.02)
    deviation = population[0] - state.mean
    assert float(jnp.std(deviation[:100])) == pytest.approx(0.1, rel=0.25)


def test_the_mean_climbs_to_a_known_maximum():
    config = MetaTrainConfig(population=32, sigma=0.05, learning_rate=0.05, learning_rate_decay=0.98)
    target = jnp.linspace(-1, 1, 10)

    def generation(state, key):
        population, z = strategy.ask(state, config, key=key)
        fitness = -jnp.sum(jnp.square(population - target), axis=1)
        return strategy.tell(state, config, z, fitness), None

    keys = jax.random.split(jax.random.key(0), 200)
    state, _ = jax.lax.scan(generation, strategy.init(jnp.zeros(10)), keys)
    np.testing.assert_allclose(state.mean, target, atol=0.05)
    assert int(state.generation) == 200


def test_sigma_decays_to_its_floor():
    config = MetaTrainConfig(sigma=0.1, sigma_decay=0.9, sigma_floor=0.05)
    got = [float(strategy.sigma(config, jnp.int32(g))) for g in (0, 1, 100)]
    np.testing.assert_allclose(got, [0.1, 0.09, 0.05], rtol=1e-6)


def test_one_step_agrees_with_evosax():
    """evosax minimises, and scales its gradient differently; Adam's first step only keeps the sign."""
    import optax
    from evosax.algorithms import Open_ES

    mean = jnp.linspace(-1, 1, 6)
    other = Open_ES(
        population_size=16,
        solution=mean,
        optimizer=optax.adam(0.05),
        std_schedule=optax.constant_schedule(0.1),
        use_antithetic_sampling=True,
    )
    params = other.default_params
    other_state = other.init(jax.random.key(0), mean, params)
    population, other_state = other.ask(jax.random.key(1), other_state, params)
    fitness = -jnp.sum(jnp.square(population - 0.3), axis=1)
    other_state, _ = other.tell(jax.random.key(2), population, -fitness, other_state, params)
    z = (population[:8] - mean) / 0.1
    np.testing.assert_allclose(population[8:], mean - 0.1 * z, rtol=1e-4, atol=1e-5)  # the same pairing
    ours = strategy.tell(strategy.init(mean), CONFIG, z, fitness)
    np.testing.assert_allclose(ours.mean - mean, other_state.mean - mean, atol=1e-4)
