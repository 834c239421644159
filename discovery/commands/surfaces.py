"""The drifts of a run over a grid of (r, A)."""

from collections.abc import Iterator
from typing import Any

from discovery.runs import DRIFT, Run, RunError

MOST = 12


def surfaces_of(run: Run, findings: Any) -> list[Any]:
    """ppo and dpo, the network, the chosen formula and, of a benchmark, the first drifts compared, on one grid."""
    from itertools import islice

    return list(islice(_surfaces(run, findings), MOST))


def _surfaces(run: Run, findings: Any) -> Iterator[Any]:
    from discovery.commands.drifts import learned_drift, resolve_drift
    from discovery.report.html.catalogue import chosen_formula
    from discovery.report.surfaces import MOMENTS

    shown = {name: resolve_drift(name) for name in ("ppo", "dpo")}
    if DRIFT in run:
        shown["network"] = learned_drift(run.path)
    if best := chosen_formula(findings):
        shown[best] = resolve_drift(f"expr:{best}")
    for row in findings.rows or ():
        if row["drift"] not in shown and row["drift"] != "network":
            try:
                shown[row["drift"]] = _benchmarked(row["drift"])
            except (RunError, ValueError):  # a run that is no longer there
                continue
    for name, named in shown.items():
        for moment in MOMENTS if named.drift.sees_progress else (None,):
            yield _surface(name, named, moment)


def _benchmarked(name: str) -> Any:
    """A drift as a benchmark's rows name it: a zoo name, a run, expr:TEXT, or a formula of the run's own front."""
    from discovery.commands.drifts import resolve_drift

    try:
        return resolve_drift(name)
    except ValueError:
        return resolve_drift(f"expr:{name}")


def _surface(name: str, named: Any, moment: float | None) -> Any:
    import jax
    import jax.numpy as jnp
    import numpy as np

    from discovery.drifts.slope import objective_slope
    from discovery.report.surfaces import ADVANTAGES, LOG_RATIOS, Surface

    ratios, progress = np.exp(LOG_RATIOS), moment or 0.0
    axes = {"ratios": ratios, "advantages": ADVANTAGES}
    grid = jnp.meshgrid(jnp.asarray(ratios, jnp.float32), jnp.asarray(ADVANTAGES, jnp.float32))
    values = jax.jit(named.drift.evaluate)(named.params, *grid, jnp.float32(progress))
    slope = objective_slope(named.drift, named.params, ratios, ADVANTAGES, progress=progress)
    return Surface(name, **axes, drift_values=np.asarray(values), slope=slope, progress=moment)
