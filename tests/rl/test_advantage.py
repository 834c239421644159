"""GAE against an independent implementation that works episode by episode, forwards, from the definition."""

import jax.numpy as jnp
import numpy as np
import pytest

from discovery.rl.advantage import generalised_advantage


def gae_by_definition(reward, value, next_value, terminated, truncated, *, gamma, gae_lambda):
    """A_t = sum over l of (gamma lambda)^l delta_{t+l}, stopping with the episode; one environment."""
    steps = len(reward)
    advantage = np.zeros(steps)
    for t in range(steps):
        weight = 1.0
        for i in range(t, steps):
            bootstrap = 0.0 if terminated[i] else gamma * next_value[i]
            advantage[t] += weight * (reward[i] + bootstrap - value[i])
            if terminated[i] or truncated[i]:
                break
            weight *= gamma * gae_lambda
    return advantage


@pytest.mark.parametrize("gae_lambda", [0.0, 0.9, 1.0])
def test_matches_the_definition_with_terminations_and_truncations(gae_lambda):
    rng = np.random.default_rng(0)
    steps, envs = 60, 5
    reward, value, next_value = rng.normal(size=(3, steps, envs)).astype(np.float32)
    terminated, truncated = rng.random((2, steps, envs)) < 0.08
    assert (terminated & ~truncated).any()
    assert (truncated & ~terminated).any()
    got = generalised_advantage(
        jnp.asarray(reward),
        jnp.asarray(value),
        jnp.asarray(next_value),
        jnp.asarray(terminated),
        jnp.asarray(truncated),
        gamma=0.97,
        gae_lambda=gae_lambda,
    )
    for b in range(envs):
        columns = [x[:, b] for x in (reward, value, next_value, terminated, truncated)]
        expected = gae_by_definition(*columns, gamma=0.97, gae_lambda=gae_lambda)
        np.testing.assert_allclose(got[:, b], expected, atol=1e-4)


@pytest.mark.parametrize(
    ("terminated", "truncated", "expected"),
    [
        (False, False, [1 + 0.5 * 10 + 0.25 * (1 + 0.5 * 10), 1 + 0.5 * 10]),
        (True, False, [1.0, 1 + 0.5 * 10]),  # nothing follows
        (
            False,
            True,
            [1 + 0.5 * 10, 1 + 0.5 * 10],
        ),  # the value of the last state follows, the next episode not
        (True, True, [1.0, 1 + 0.5 * 10]),  # termination counts
    ],
)
def test_two_steps_by_hand(terminated, truncated, expected):
    got = generalised_advantage(
        jnp.ones(2),
        jnp.zeros(2),
        jnp.full(2, 10.0),
        jnp.array([terminated, False]),
        jnp.array([truncated, False]),
        gamma=0.5,
        gae_lambda=0.5,
    )
    np.testing.assert_allclose(got, expected)
