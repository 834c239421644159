"""What training does to the policy, update by update: the figures by which LPO and DPO were understood."""

import jax
import jax.numpy as jnp

from discovery.drifts.drift import Drift, Params

QUANTILES = {"ratio_q01": 0.01, "ratio_q10": 0.10, "ratio_q50": 0.50, "ratio_q90": 0.90, "ratio_q99": 0.99}
METRICS = ("entropy", "approx_kl", "active", "restrained", "drift", "total_drift", *QUANTILES)
ACTIVE = 1e-8
"""A drift above this is active: float32 leaves about 1e-8 of a drift that is zero but for rounding."""


def update_diagnostics(
    drift: Drift,
    drift_params: Params,
    ratio: jax.Array,
    advantage: jax.Array,
    entropy: jax.Array,
    progress: jax.typing.ArrayLike,
) -> dict[str, jax.Array]:
    """One number a metric for one update, but for the running total.

    `entropy` is E[H(pi)] in nats. `approx_kl` is E[(r - 1) - log r], an unbiased estimate of KL(pi_old, pi) that is
    never negative. `active` is the share of samples with f > 1e-8, `restrained` that with sign(A) df/dr >= |A|/2 > 0,
    where the drift takes at least half of the surrogate's push away (for PPO-clip: the clipped share). `drift` is E[f],
    in units of the advantage as the drift sees it. `ratio_q01` to `ratio_q99` are quantiles of r. `active`,
    `restrained` and `drift` are of f as it stands: f + c (r - 1), the same drift in expectation, has others.

    Args:
        drift, drift_params: f.
        ratio, advantage: `[N]`, of the update's last epoch, each at the moment of its gradient step.
        entropy: `[]` or `[minibatches]`, means over samples.
        progress: the share n/N of training that is done.

    Source: the estimate of KL is k3 of J. Schulman, http://joschu.net/blog/kl-approx.html.
    """
    value, slope = jax.jvp(
        lambda r: drift.evaluate(drift_params, r, advantage, progress), (ratio,), (jnp.ones_like(ratio),)
    )
    low_to_high = jnp.quantile(ratio, jnp.array(list(QUANTILES.values())))
    return {
        "entropy": jnp.mean(entropy),
        "approx_kl": jnp.mean(ratio - 1.0 - jnp.log(ratio)),
        "active": jnp.mean(value > ACTIVE),
        "restrained": jnp.mean((jnp.sign(advantage) * slope >= 0.5 * jnp.abs(advantage)) & (advantage != 0)),
        "drift": jnp.mean(value),
        **dict(zip(QUANTILES, low_to_high, strict=True)),
    }


def thinned(diagnostics: dict[str, jax.Array], points: int) -> dict[str, jax.Array]:
    """Metrics of all updates, each `[num_updates]`, as `[points]`: the mean over each of so many equal stretches.

    Adds `total_drift`, the sum of E[f] over all updates up to the end of the stretch. In exact mirror learning each
    update gains at least the drift that it pays (Kuba et al. 2022, arXiv 2201.02373, the fundamental theorem), so that
    the sum, in units of return, cannot exceed what there is to gain. This one is in units of standardised advantages.
    """
    updates = diagnostics["drift"].size
    stretch = jnp.arange(updates) * points // updates
    sizes = jnp.bincount(stretch, length=points)
    means = {
        name: jax.ops.segment_sum(values, stretch, num_segments=points) / sizes for name, values in diagnostics.items()
    }
    ends = jnp.cumsum(sizes) - 1
    return {**means, "total_drift": jnp.cumsum(diagnostics["drift"])[ends]}


def ends_of_stretches(updates: int, points: int) -> list[int]:
    """How many updates are done at the end of each stretch of `thinned`."""
    stretch = [update * points // updates for update in range(updates)]
    return [update + 1 for update in range(updates) if update + 1 == updates or stretch[update + 1] != stretch[update]]
