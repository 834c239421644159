"""The surrogate: PPO's clipped objective is the drift form of itself."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from discovery.drifts.drift import Drift
from discovery.drifts.neural import neural_drift
from discovery.rl.config import PPOConfig
from discovery.rl.loss import Batch, mirror_objective, normalise, ppo_loss
from discovery.rl.policy import CATEGORICAL

PPO_DRIFT = Drift(lambda key: (), lambda p, r, A: jax.nn.relu((r - jnp.clip(r, 0.8, 1.2)) * A))


def test_ppo_drift_gives_the_clipped_objective():
    rng = np.random.default_rng(0)
    ratio = jnp.asarray(np.exp(rng.normal(scale=0.5, size=5000)), jnp.float32)
    advantage = jnp.asarray(rng.normal(size=5000), jnp.float32)
    clipped = jnp.minimum(ratio * advantage, jnp.clip(ratio, 0.8, 1.2) * advantage)
    np.testing.assert_allclose(mirror_objective(PPO_DRIFT, (), ratio, advantage, 0.0), clipped, rtol=1e-5, atol=1e-6)


def test_normalised_advantages_have_mean_zero_and_deviation_one():
    advantage = normalise(jnp.array([1.0, 2.0, 4.0, 9.0]))
    assert float(jnp.mean(advantage)) == pytest.approx(0, abs=1e-6)
    assert float(jnp.std(advantage)) == pytest.approx(1, rel=1e-5)
    assert np.all(np.asarray(normalise(jnp.full(4, 3.0))) == 0)


def test_loss_by_hand():
    """Two actions, logits are the parameters, one value for all: every term has a closed form."""
    config = PPOConfig(normalise_advantage=False, vf_coef=0.5, ent_coef=0.1)
    batch = Batch(
        obs=jnp.zeros((2, 1)),
        action=jnp.array([0, 1]),
        log_prob=jnp.log(jnp.array([0.4, 0.5])),
        advantage=jnp.array([2.0, -1.0]),
        target=jnp.array([1.0, 4.0]),
    )
    loss, (ratio, advantage, seen_entropy) = ppo_loss(
        {"actor": jnp.log(jnp.array([0.6, 0.4])), "critic": jnp.float32(2.0)},
        batch,
        actor=lambda logits, obs: jnp.broadcast_to(logits, (obs.shape[0], 2)),
        critic=lambda value, obs: jnp.full(obs.shape[0], value),
        policy=CATEGORICAL,
        drift=PPO_DRIFT,
        drift_params=(),
        progress=0.0,
        config=config,
    )
    np.testing.assert_allclose(ratio, [1.5, 0.8], rtol=1e-5)
    np.testing.assert_allclose(advantage, [2.0, -1.0])
    objective = (1.2 * 2.0 - 0.8) / 2
    value_loss = 0.5 * (1 + 4) / 2
    entropy = -(0.6 * np.log(0.6) + 0.4 * np.log(0.4))
    assert float(seen_entropy) == pytest.approx(entropy, rel=1e-5)
    assert float(loss) == pytest.approx(0.5 * value_loss - objective - 0.1 * entropy, rel=1e-5)


def test_an_extreme_ratio_stays_finite():
    """exp overflows float32 at 88: without a bound one such transition would make every weight NaN."""
    batch = Batch(jnp.zeros((2, 1)), jnp.array([0, 1]), jnp.array([-200.0, 0.0]), jnp.ones(2), jnp.zeros(2))
    drift = neural_drift("residual")
    _, (ratio, *_) = ppo_loss(
        {"actor": jnp.array([0.0, -200.0]), "critic": jnp.float32(0.0)},
        batch,
        actor=lambda logits, obs: jnp.broadcast_to(logits, (obs.shape[0], 2)),
        critic=lambda value, obs: jnp.full(obs.shape[0], value),
        policy=CATEGORICAL,
        drift=drift,
        drift_params=drift.init(jax.random.key(0)),
        progress=0.0,
        config=PPOConfig(),
    )
    np.testing.assert_allclose(ratio, np.exp([20.0, -20.0]), rtol=1e-4)
    assert np.isfinite(np.asarray(drift.apply(drift.init(jax.random.key(0)), ratio, jnp.ones(2)))).all()
