"""What a compiled formula costs a PPO update, against the clip loss as everybody writes it by hand."""

import jax
import jax.numpy as jnp
import optax
from rich.table import Table

from benchmarks.interleaved import interleaved, ratio
from discovery.drifts.drift import Drift
from discovery.drifts.lowering import lower
from discovery.drifts.neural import neural_drift
from discovery.drifts.zoo import ZOO
from discovery.expression.parser import parse
from discovery.report.terminal import console
from discovery.rl.config import PPOConfig
from discovery.rl.loss import Batch, ppo_loss
from discovery.rl.networks import Actor, Critic
from discovery.rl.policy import DIAGONAL_GAUSSIAN

SATURATING = "where(A >= 0, 1.8*tanh(A*(1/r - 1)**2/0.6), 0)"
BASE = "hand-written clip loss"
UPDATES, SAMPLES, OBS = 32, 512, 8


def main() -> None:
    """Print the table of ratios."""
    for title, config in (
        ("2x16 networks", PPOConfig()),
        ("2x64 networks", PPOConfig(hidden=(64, 64))),
    ):
        updates = {BASE: _update(config, None)}
        for name in ("ppo", "dpo", "spo"):
            updates[f"compiled {name}"] = _update(config, lower(ZOO[name].expr))
        updates["compiled saturating form"] = _update(config, lower(parse(SATURATING)))
        updates["network (residual, 128 units)"] = _update(config, neural_drift("residual"))
        updates["network (ta-residual, 128 units)"] = _update(config, neural_drift("ta-residual"))
        seconds = interleaved(updates)
        table = Table(title=f"Time of {UPDATES} gradient steps of {SAMPLES} samples, {title}, as a ratio")
        for column in ("drift", "ratio", "quartiles"):
            table.add_column(column)
        for name in updates:
            middle, low, high = ratio(seconds, name, BASE)
            table.add_row(name, f"{middle:.3f}", f"{low:.3f} to {high:.3f}")
        console().print(table)


def _update(config: PPOConfig, drift: Drift | None):
    """A compiled run of UPDATES gradient steps; with the clip loss by hand if `drift` is None."""
    actor, critic = Actor(1, True, config.hidden, config.activation), Critic(config.hidden, config.activation)
    keys = jax.random.split(jax.random.key(0), 8)
    obs = jax.random.normal(keys[0], (SAMPLES, OBS))
    params = {"actor": actor.init(keys[1], obs), "critic": critic.init(keys[2], obs)}
    noise = [jax.random.normal(key, (SAMPLES,)) for key in keys[3:7]]
    batch = Batch(obs, noise[0][:, None], noise[1] * 0.3 - 1.4, noise[2], noise[3])
    optimiser = optax.chain(optax.clip_by_global_norm(0.5), optax.adam(1e-3))

    def by_hand(params):
        log_prob = DIAGONAL_GAUSSIAN.log_prob(actor.apply(params["actor"], batch.obs), batch.action)
        ratio = jnp.exp(log_prob - batch.log_prob)
        advantage = (batch.advantage - batch.advantage.mean()) / (batch.advantage.std() + 1e-8)
        policy_loss = -jnp.minimum(ratio * advantage, jnp.clip(ratio, 0.8, 1.2) * advantage).mean()
        value_loss = 0.5 * jnp.square(critic.apply(params["critic"], batch.obs) - batch.target).mean()
        return policy_loss + config.vf_coef * value_loss

    def with_drift(params):
        loss, _ = ppo_loss(
            params,
            batch,
            actor=actor.apply,
            critic=critic.apply,
            policy=DIAGONAL_GAUSSIAN,
            drift=drift,
            drift_params=drift_params,
            progress=0.5,
            config=config,
        )
        return loss

    drift_params = drift.init(keys[7]) if drift else ()
    loss = with_drift if drift else by_hand

    @jax.jit
    def run(params):
        def step(carry, _):
            params, state = carry
            updates, state = optimiser.update(jax.grad(loss)(params), state)
            return (optax.apply_updates(params, updates), state), None

        return jax.lax.scan(step, (params, optimiser.init(params)), None, length=UPDATES)[0][0]

    return lambda: jax.block_until_ready(run(params))
