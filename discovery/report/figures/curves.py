"""Learning curves with intervals, and what became of runs that failed."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from discovery.report.figures.bands import Band, divergences, mean_band, worst_imputed
from discovery.report.figures.series import compared, overlay
from discovery.report.figures.sheet import (
    Axis,
    handle,
    known,
    leftmost,
    legend_below,
    sheet,
    step_ticks,
    title,
)
from discovery.report.style import Look, styled

Curves = Mapping[str, NDArray[Any]]
_STEPS, _RETURN = "environment steps", "episode return"
_IMPUTED = "\n× a run failed (diverged, or finished no episode): from here on it counts as the worst return of all"


@styled
def learning_curves(
    curves: Curves, steps: NDArray[Any], looks: Mapping[str, Look], *, heading: str, rng: np.random.Generator
) -> Any:
    """Mean episode return over seeds against environment steps, with 95% bootstrap intervals, in one condition.

    A run that failed counts as the worst return of all runs from then on; a cross marks where, the legend how many.

    Args:
        curves: for each drift [seeds, updates]; NaN from where a run diverged.
        steps: [updates] environment steps.
        looks: for each drift.
        heading: the condition.
        rng: of the bootstrap.
    """
    bands = _bands(curves, rng)
    figure, panels = compared(
        steps,
        bands,
        looks,
        xlabel=_STEPS,
        ylabel=_RETURN,
        heading=f"{heading}: {_explanation([curves])}",
        notes={name: f"{lost} of {len(curves[name])} failed" for name, lost in _lost(curves).items()},
    )
    alone = len(set(panels.values())) == 1
    for name, axis in panels.items():
        step_ticks(axis, 4 if alone else 2)
        _mark(axis, curves[name], steps, bands[name], looks[name].colour if alone else "black")
    return figure


@styled
def learning_curves_by_environment(
    curves: Mapping[str, Curves],
    steps: Mapping[str, NDArray[Any]],
    looks: Mapping[str, Look],
    *,
    rng: np.random.Generator,
) -> Any:
    """A panel for each condition, as `learning_curves` draws one.

    Args:
        curves: for each condition, for each drift [seeds, updates].
        steps: for each condition [updates] environment steps.
        looks: for each drift.
        rng: of the bootstrap.
    """
    columns = 2 if len(curves) in (2, 4) else 3
    figure, axes = sheet(len(curves), columns=columns, height=1.95 if columns == 2 else 1.7, extra=0.75)
    for axis, (condition, found) in zip(axes, curves.items(), strict=True):
        bands = _bands(found, rng)
        overlay(axis, steps[condition], bands, looks)
        for name in found:
            _mark(axis, found[name], steps[condition], bands[name], looks[name].colour)
        lost = ", ".join(f"{looks[name].label} {count}" for name, count in _lost(found).items())
        title(axis, condition, f"failed: {lost}" if lost else "")
        step_ticks(axis)
    for axis in leftmost(axes, columns):
        axis.set_ylabel(_RETURN)
    figure.suptitle(_explanation(curves.values()).capitalize())
    names = known(looks, [name for found in curves.values() for name in found])
    legend_below(figure, [handle(looks[name]) for name in names], [looks[name].label for name in names], xlabel=_STEPS)
    return figure


def _bands(curves: Curves, rng: np.random.Generator) -> dict[str, Band]:
    return {name: mean_band(runs, rng=rng) for name, runs in worst_imputed(curves).items()}


def _lost(curves: Curves) -> dict[str, int]:
    """How many runs failed, of the drifts where any did."""
    counts = {name: len(divergences(runs)) for name, runs in curves.items()}
    return {name: count for name, count in counts.items() if count}


def _explanation(panels: Iterable[Curves]) -> str:
    panels = list(panels)
    seeds = sorted({len(runs) for curves in panels for runs in curves.values()})
    many = f"{seeds[0]}" if len(seeds) == 1 else f"{seeds[0]} to {seeds[-1]}"
    return f"mean of {many} seeds, 95% intervals{_IMPUTED if any(map(_lost, panels)) else ''}"


def _mark(axis: Axis, runs: NDArray[Any], steps: NDArray[Any], band: Band, colour: str) -> None:
    places = np.unique(divergences(runs))
    if places.size:
        axis.plot(steps[places], band.value[places], "x", color=colour, markersize=4, markeredgewidth=1)
