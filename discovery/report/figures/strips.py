"""Many drifts at once: each a row, what is measured a colour, so that none lies on another."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from discovery.report.figures.bands import Array
from discovery.report.figures.sheet import Axis, sheet, step_ticks, title
from discovery.report.style import SMALLEST, numbers_text

_ROW = 0.115  # inches: the smallest text needs them
_SHOWN = (0.02, 0.98)  # quantiles between which the colours tell values apart; beyond them they end


def strips(
    panels: Mapping[str, tuple[str, str, Sequence[Array]]],
    steps: NDArray[Any],
    labels: Sequence[str],
    *,
    heading: str,
    logarithmic: Sequence[str] = (),
) -> Any:
    """A panel for each metric, the drifts beneath one another and training from left to right.

    Args:
        panels: for each metric (title, unit, a line [points] for each drift).
        steps: [points] environment steps.
        labels: of the drifts.
        heading: the figure's title.
        logarithmic: the metrics that are coloured by their logarithm; all of their values are positive.
    """
    rows = -(-len(panels) // 3)
    height = _ROW * len(labels) + 0.35
    figure, axes = sheet(len(panels), columns=3, height=height, extra=0.3 + 0.1 * rows, sharex=True, sharey=True)
    for axis, (name, (text, unit, lines)) in zip(axes, panels.items(), strict=True):
        title(axis, text)
        values = np.stack(lines)
        extent = (steps[0], steps[-1], len(labels) - 0.5, -0.5)
        norm, cmap, ends = _colours(values, logarithmic=name in logarithmic)
        image = axis.imshow(values, aspect="auto", interpolation="nearest", extent=extent, norm=norm, cmap=cmap)
        _bar(figure, image, axis, unit, ends, logarithmic=name in logarithmic)
        axis.grid(visible=False)
        axis.set_yticks(range(len(labels)), labels, fontsize=SMALLEST)
        axis.tick_params(axis="y", length=0)
        step_ticks(axis, 2)
    figure.suptitle(heading)
    figure.supxlabel("environment steps", fontsize=8)
    return figure


def _colours(values: Array, *, logarithmic: bool) -> tuple[Any, str, str]:
    """(how values become colours, the colours, at which ends of the scale there are values beyond it)."""
    from matplotlib.colors import LogNorm, Normalize, TwoSlopeNorm

    finite = values[np.isfinite(values)]
    if not finite.size:
        return Normalize(0, 1), "viridis", "neither"
    low, high = (float(end) for end in np.quantile(finite, _SHOWN))
    if low == high:
        low, high = float(finite.min()), float(finite.max()) or 1.0
    ends = {(0, 0): "neither", (1, 0): "min", (0, 1): "max", (1, 1): "both"}[
        bool(finite.min() < low), bool(finite.max() > high)
    ]
    if low < 0 < high:
        return TwoSlopeNorm(0, low, high), "RdBu", ends
    if logarithmic:
        return LogNorm(low, high), "viridis", ends
    return Normalize(low, high), "viridis", ends


def _bar(figure: Any, image: Any, axis: Axis, unit: str, ends: str, *, logarithmic: bool) -> None:
    bar = figure.colorbar(image, ax=axis, extend=ends, pad=0.03, aspect=30, fraction=0.08)
    bar.set_label(unit)
    low, high = image.norm.vmin, image.norm.vmax
    middle = 0.0 if low < 0 < high else float(np.sqrt(low * high)) if logarithmic else (low + high) / 2
    bar.set_ticks([low, middle, high], labels=numbers_text([float(f"{place:.2g}") for place in (low, middle, high)]))
    bar.ax.minorticks_off()
