"""The drifts of a run over a grid of (r, A)."""

from collections.abc import Iterator
from typing import Any

from discovery.runs import DRIFT, Run, RunError


def surfaces_of(run: Run, findings: Any) -> list[Any]:
    """ppo and dpo, the network, the chosen formula and, of a benchmark, the first drifts compared, on one grid.

    No more than `report.surfaces.MOST`; `report.surfaces.undrawn` tells which are left out.
    """
    from itertools import islice

    from discovery.report.surfaces import MOST

    return list(islice(_surfaces(run, findings), MOST))


def _surfaces(run: Run, findings: Any) -> Iterator[Any]:
    from discovery.commands.drifts import learned_drift, resolve_drift
    from discovery.report.surfaces import MOMENTS

    shown = {name: resolve_drift(name) for name in ("ppo", "dpo")}
    if DRIFT in run:
        shown["network"] = learned_drift(run.path)
    if best := findings.chosen_formula():
        shown[best] = resolve_drift(f"expr:{best}")
    asked = _asked(findings.manifest["config"].get("drifts") or [])
    for name in dict.fromkeys(row["drift"] for row in findings.rows or ()):
        if name not in shown and (named := asked.get(name) or _benchmarked(name)) is not None:
            shown[name] = named
    for name, named in shown.items():
        for moment in MOMENTS if named.drift.sees_progress else (None,):
            yield _surface(name, named, moment)


def _asked(typed: list[str]) -> dict[str, Any]:
    """The drifts of a benchmark by the names in its rows; without those of runs that are no longer there."""
    from discovery.commands.drifts import resolve_drift
    from discovery.commands.scoring import labelled

    there = []
    for text in typed:
        try:
            resolve_drift(text)
        except (RunError, ValueError):
            continue
        there.append(text)
    return labelled(there)


def _benchmarked(name: str) -> Any:
    """A drift as the rows of `drift discover` name it: one of the zoo, or a formula of its front; None if neither."""
    from discovery.commands.drifts import resolve_drift

    for text in (name, f"expr:{name}"):
        try:
            return resolve_drift(text)
        except (RunError, ValueError):
            continue
    return None


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
