"""What an objective pushes: slope maps over (r, A) as in the DPO paper, and slices at chosen advantages."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from discovery.report.figures.series import crowded
from discovery.report.figures.sheet import Axis, balanced, handle, leftmost, legend_below, sheet, title
from discovery.report.style import LINES, SMALLEST, Line, Look, number_text, styled
from discovery.report.surfaces import Surface

STEEPEST = 3.0  # of the colours; the arrows of the colour bar stand for what is beyond
SLICES = (-2.0, -1.0, 1.0, 2.0)
_SLOPE = "slope of the objective, ∂(rA − f)/∂r"
_DRIFT = "drift f(r, A)"
_RATIO = "probability ratio r"
_ADVANTAGE = "advantage A (standardised)"
_ACROSS = {-2.0: "#D55E00", -1.0: "#E69F00", 1.0: "#56B4E9", 2.0: "#0072B2"}
_TRACES = {-2.0: LINES[3], -1.0: LINES[2], 1.0: LINES[1], 2.0: LINES[0]}


@styled
def slope_maps(surfaces: Sequence[Surface], looks: Mapping[str, Look]) -> Any:
    """The objective's slope d(r A - f)/dr over (r, A): where it pushes r up, down, or not at all.

    Args:
        surfaces: a map each, in this order; the maps of a drift that sees progress begin a row of their own.
        looks: for each drift.
    """
    columns = balanced(len(surfaces))
    rows = -(-len(surfaces) // columns)
    height = {3: 1.9, 4: 1.7, 5: 1.15}[columns]
    figure, axes = sheet(len(surfaces), columns=columns, height=height, extra=0.3, sharex=True, sharey=True)
    image = None
    for axis, surface in zip(axes, surfaces, strict=True):
        image = _slope_map(axis, surface)
        title(axis, _label(surface, looks), size=SMALLEST if columns == 5 else 7)
    figure.supxlabel(_RATIO, fontsize=8)
    figure.supylabel(_ADVANTAGE, fontsize=8)
    bar = figure.colorbar(image, ax=axes, extend="both", aspect=30, pad=0.01, fraction=0.05)
    bar.set_label(_SLOPE if rows > 1 else _SLOPE.replace(", ", ",\n"))
    bar.set_ticks(np.arange(-STEEPEST, STEEPEST + 1))
    return figure


def _slope_map(axis: Axis, surface: Surface) -> Any:
    ratios, slope = surface.ratios, surface.slope
    image = axis.pcolormesh(
        ratios,
        surface.advantages,
        slope,
        cmap="RdBu",
        vmin=-STEEPEST,
        vmax=STEEPEST,
        shading="nearest",
        rasterized=True,
    )
    if slope.min() < 0 < slope.max():
        axis.contour(ratios, surface.advantages, slope, levels=[0], colors="black", linewidths=0.6)
    axis.axvline(1, color="black", linewidth=0.5, linestyle=":")
    _ratio_axis(axis, ratios)
    axis.set_yticks([-2, 0, 2], [number_text(a) for a in (-2, 0, 2)])
    axis.set(ylim=(surface.advantages[0], surface.advantages[-1]))
    axis.grid(False)
    return image


def _ratio_axis(axis: Axis, ratios: NDArray[Any]) -> None:
    axis.set(xscale="log", xlim=(ratios[0], ratios[-1]))
    axis.set_xticks([0.5, 1, 2], ["0.5", "1", "2"])
    axis.minorticks_off()


@styled
def slices(surfaces: Sequence[Surface], looks: Mapping[str, Look], *, what: str) -> Any:
    """The drift or the objective's slope over r at advantages of -2, -1, 1 and 2.

    Few drifts share a panel for each advantage; many have a panel each, with a line for each advantage.

    Args:
        surfaces: of drifts, or of one drift at moments of its training.
        looks: for each drift.
        what: "drift" or "slope".
    """
    return (_by_drift if crowded(surfaces) else _by_advantage)(surfaces, looks, what)


def _by_advantage(surfaces: Sequence[Surface], looks: Mapping[str, Look], what: str) -> Any:
    figure, axes = sheet(len(SLICES), columns=4, height=1.75, extra=0.55, sharex=True, sharey=what == "slope")
    found = [[_slice(surface, advantage, what) for surface in surfaces] for advantage in SLICES]
    together = [line for lines in found for line in lines]
    for axis, advantage, lines in zip(axes, SLICES, found, strict=True):
        for place, (surface, line) in enumerate(zip(surfaces, lines, strict=True)):
            look = looks[surface.drift]
            marks = slice(8 + place * 45 // len(surfaces), None, 45)
            trace, colour = _line(surface, looks), look.colour
            axis.plot(
                surface.ratios, line, color=colour, linestyle=trace, marker=look.marker, markevery=marks, markersize=3
            )
        _frame(axis, surfaces[0].ratios, together if what == "slope" else lines, what)
        title(axis, _at(advantage))
    for axis in leftmost(axes, 4):
        axis.set_ylabel(_SLOPE.replace(", ", ",\n") if what == "slope" else _DRIFT)
    handles = [handle(looks[surface.drift], linestyle=_line(surface, looks)) for surface in surfaces]
    legend_below(figure, handles, [_label(surface, looks) for surface in surfaces], xlabel=_RATIO)
    return figure


def _by_drift(surfaces: Sequence[Surface], looks: Mapping[str, Look], what: str) -> Any:
    columns = 5
    figure, axes = sheet(len(surfaces), columns=columns, height=1.1, extra=0.6, sharex=True, sharey=True)
    for axis, surface in zip(axes, surfaces, strict=True):
        for advantage in SLICES:
            axis.plot(
                surface.ratios, _slice(surface, advantage, what), color=_ACROSS[advantage], linestyle=_TRACES[advantage]
            )
        title(axis, _label(surface, looks), size=SMALLEST)
    lines = [_slice(surface, advantage, what) for surface in surfaces for advantage in SLICES]
    for axis in axes:
        _frame(axis, surfaces[0].ratios, lines, what)
    figure.supylabel(_SLOPE if what == "slope" else _DRIFT, fontsize=8)
    handles = [handle(Look("", _ACROSS[a], _TRACES[a]), marker="") for a in SLICES]
    legend_below(figure, handles, [_at(a) for a in SLICES], xlabel=_RATIO)
    return figure


def _label(surface: Surface, looks: Mapping[str, Look]) -> str:
    label = looks[surface.drift].label
    return label if surface.progress is None else f"{label}, progress {surface.progress:g}"


def _line(surface: Surface, looks: Mapping[str, Look]) -> Line:
    """Moments of one drift share its colour and differ in this."""
    return looks[surface.drift].line if surface.progress is None else LINES[round(surface.progress * 2) % len(LINES)]


def _at(advantage: float) -> str:
    return f"A = {number_text(advantage)}"


def _slice(surface: Surface, advantage: float, what: str) -> NDArray[np.float64]:
    """The row of the grid at an advantage; between two rows, interpolated."""
    values = surface.slope if what == "slope" else surface.drift_values
    at = np.interp(advantage, surface.advantages, np.arange(len(surface.advantages)))
    below = min(int(at), len(values) - 2)
    return values[below] + (at - below) * (values[below + 1] - values[below])


def _frame(axis: Axis, ratios: NDArray[Any], lines: Sequence[NDArray[Any]], what: str) -> None:
    """Axes on which the middle of the lines fills the panel: a pole at an edge must not flatten all others."""
    _ratio_axis(axis, ratios)
    axis.axvline(1, color="black", linewidth=0.5, linestyle=":")
    axis.axhline(0, color="black", linewidth=0.5)
    values = np.concatenate([np.ravel(line) for line in lines])
    values = values[np.isfinite(values)]
    if not values.size:
        return
    if what == "slope":
        low, high = max(values.min(), -2 * STEEPEST), min(values.max(), 2 * STEEPEST)
    else:
        low, high = min(values.min(), 0.0), min(values.max(), 1.5 * np.quantile(values, 0.97))
    room = 0.06 * max(high - low, 1e-6)
    axis.set_ylim(low - room, high + room)
