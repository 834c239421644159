"""What happened inside training: entropy, KL, where the drift acts, what it adds up to, and the ratios."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from discovery.report.figures.bands import Band, divergences, mean, mean_band
from discovery.report.figures.series import draw
from discovery.report.figures.sheet import (
    balanced,
    handle,
    known,
    legend_below,
    log_ticks,
    sheet,
    step_ticks,
    title,
)
from discovery.report.figures.strips import strips
from discovery.report.style import SMALLEST, Look, styled

METRICS = {
    "entropy": ("entropy of the policy", "nats"),
    "approx_kl": ("approximate KL from the old policy", "nats"),
    "active": ("samples where the drift is active", "share"),
    "restrained": ("samples held back at least half", "share"),
    "drift": ("drift, mean over samples", "standardised advantage"),
    "total_drift": ("total drift, summed over updates", "standardised advantage"),
}
"""For each metric its title and its unit."""
FAN = ("ratio_q01", "ratio_q10", "ratio_q50", "ratio_q90", "ratio_q99")
FAN_TOLD = "over the samples of an update's last epoch, each at its own gradient step"
_STEPS = "environment steps"
FEW = 12
"""More drifts than this are strips of colour."""
_TURNS = (1.02, 1.05, 1.1, 1.25, 1.5, 2, 5, 10, 100, 1000)  # ratios that ticks may stand at, and their inverses
Metrics = Mapping[str, Mapping[str, NDArray[Any]]]


@styled
def diagnostics(
    found: Metrics, steps: NDArray[Any], looks: Mapping[str, Look], *, heading: str, rng: np.random.Generator
) -> Any:
    """A panel for each metric against environment steps: mean over the seeds still running, with 95% intervals.

    More than a dozen drifts are strips of colour beneath one another, without intervals: as lines they hide each other.

    Args:
        found: for each drift, for each metric [seeds, points]; NaN from where a run diverged.
        steps: [points] environment steps.
        looks: for each drift.
        heading: the condition.
        rng: of the bootstrap.
    """
    names = known(looks, list(found))
    shown = [metric for metric in METRICS if any(metric in found[name] for name in names)]
    lost = _lost(found)
    labels = [looks[name].label + (f" ({lost[name]} diverged)" if name in lost else "") for name in names]
    if len(names) > FEW:
        nothing = np.full((1, len(steps)), np.nan)
        panels = {
            metric: (*METRICS[metric], [mean(found[name].get(metric, nothing)) for name in names]) for metric in shown
        }
        spread = [metric for metric, (*_, lines) in panels.items() if metric == "approx_kl" and _spread(lines)]
        return strips(panels, steps, labels, heading=f"{heading}: {_explanation(found)}", logarithmic=spread)
    beside = len(shown) % 3 > 0  # the legend fits where a panel is missing
    rows = 0.3 if beside else 0.5 + 0.14 * (len(names) // 4 + 1)
    figure, axes = sheet(len(shown) + beside, columns=3, height=1.6, extra=rows)
    for axis, metric in zip(axes, shown, strict=False):
        bands = {name: mean_band(found[name][metric], rng=rng) for name in names if metric in found[name]}
        for place, (name, line) in enumerate(bands.items()):
            draw(axis, steps, line, looks[name], place=place, of=len(names))
        if metric == "approx_kl":
            _logarithmic(axis, bands)
        text, unit = METRICS[metric]
        title(axis, text)
        axis.set_ylabel(unit)
        step_ticks(axis, 3)
    figure.suptitle(f"{heading}: {_explanation(found)}")
    handles = [handle(looks[name]) for name in names]
    if beside:
        axes[-1].axis("off")
        axes[-1].legend(handles, labels, loc="center left")
        figure.supxlabel(_STEPS, fontsize=8)
    else:
        legend_below(figure, handles, labels, xlabel=_STEPS)
    return figure


def _logarithmic(axis: Any, bands: Mapping[str, Band]) -> None:
    """A logarithmic axis where the drifts differ by more than a factor of thirty."""
    if ends := _spread([line.value for line in bands.values()]):
        log_ticks(axis, "y", ends[0] / 1.3, ends[1] * 1.3)


def _spread(lines: Sequence[NDArray[Any]]) -> tuple[float, float] | None:
    """The least and greatest value of lines that are positive and differ by more than a factor of thirty."""
    values = np.concatenate([line[np.isfinite(line)] for line in lines])
    if values.size and 0 < 30 * values.min() < values.max():
        return float(values.min()), float(values.max())
    return None


@styled
def ratio_fans(found: Metrics, steps: NDArray[Any], looks: Mapping[str, Look], *, heading: str) -> Any:
    """How far policies move in an update: quantiles of the probability ratio, mean over seeds, a panel for each drift.

    Args:
        found: for each drift, for each metric of `FAN` [seeds, points].
        steps: [points] environment steps.
        looks: for each drift.
        heading: the condition.
    """
    names = [name for name in known(looks, list(found)) if set(FAN) <= set(found[name])]
    columns = balanced(len(names))
    height = {3: 1.5, 4: 1.4, 5: 1.1}[columns]
    figure, axes = sheet(len(names), columns=columns, height=height, extra=0.75, sharex=True, sharey=True)
    fans = {name: [mean(found[name][metric]) for metric in FAN] for name in names}
    reaches = {name: _reach(outer, top) for name, (outer, *_, top) in fans.items()}
    # a drift that holds nothing back must not flatten the fans of all others
    reach = min(max(reaches.values()), 2.5 * float(np.median(list(reaches.values()))))
    lost = _lost(found)
    for axis, (name, (outer, inner, middle, upper, top)) in zip(axes, fans.items(), strict=True):
        axis.fill_between(steps, outer, top, color=_FAR, linewidth=0)
        axis.fill_between(steps, inner, upper, color=_NEAR, linewidth=0)
        axis.plot(steps, middle, color="black", linewidth=1)
        notes = [f"{lost[name]} diverged"] if name in lost else []
        notes += ["beyond the axis"] if reaches[name] > reach else []
        title(axis, looks[name].label, ", ".join(notes), size=SMALLEST)
        step_ticks(axis, 2)
        _ratio_axis(axis, 1.15 * reach)
    figure.supylabel("probability ratio r", fontsize=8)
    figure.suptitle(f"{heading}: quantiles of r, mean over seeds\n({FAN_TOLD})")
    legend_below(figure, _fan_handles(), ["1% to 99%", "10% to 90%", "median"], xlabel=_STEPS)
    return figure


def _reach(outer: NDArray[Any], top: NDArray[Any]) -> float:
    """How far from 1 a fan goes, as |log r|, but for its furthest hundredth."""
    values = np.concatenate([outer, top])
    values = values[np.isfinite(values) & (values > 0)]
    return max(float(np.quantile(np.abs(np.log(values)), 0.99)) if values.size else 0.0, math.log(_TURNS[0]))


def _ratio_axis(axis: Any, reach: float) -> None:
    """A logarithmic axis with 1 in its middle; ticks at 1, a ratio, its inverse."""
    axis.set_yscale("log")
    axis.set_ylim(np.exp(-reach), np.exp(reach))
    turn = max(turn for turn in _TURNS if np.log(turn) <= reach)
    axis.set_yticks([1 / turn, 1, turn], [f"{1 / turn:.2g}", "1", f"{turn:g}"])
    axis.set_yticks([], minor=True)


_FAR, _NEAR = "#cfe3f1", "#7fb2d6"


def _fan_handles() -> list[Any]:
    from matplotlib.patches import Patch

    return [Patch(color=_FAR), Patch(color=_NEAR), handle(Look("", "black", "-", ""))]


def _lost(found: Metrics) -> dict[str, int]:
    """How many runs diverged, of the drifts where any did."""
    counts = {name: max(len(divergences(runs)) for runs in metrics.values()) for name, metrics in found.items()}
    return {name: count for name, count in counts.items() if count}


def _explanation(found: Metrics) -> str:
    seeds = {len(runs) for metrics in found.values() for runs in metrics.values()}
    text = f"mean of {max(seeds)} seeds" + (", 95% intervals" if len(found) <= FEW else "")
    return text + (" (over runs that have not diverged)" if _lost(found) else "")
