"""The figures of a run, each from plain arrays to PNG bytes."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from discovery.benchmark.statistics import mean_interval
from discovery.report.style import colour_of, png, pyplot, shortened

LOG_RATIOS = np.linspace(-0.9, 0.9, 181)
ADVANTAGES = np.linspace(-3, 3, 121)
EXACT = 1e-8  # errors below are drawn here


def slope_maps(rows: Sequence[Mapping[str, NDArray[Any]]]) -> bytes:
    """The objective's slope d(r A - f)/dr over (r, A): where it pushes r up, down, or not at all.

    Args:
        rows: of the figure; in each, for each drift [len(ADVANTAGES), len(LOG_RATIOS)], the slope at
            r = exp(LOG_RATIOS), A = ADVANTAGES.
    """
    plt = pyplot()
    columns = max(map(len, rows))
    size = 2.6 * columns + 0.7, 2.5 * len(rows) + 0.4
    figure, axes = plt.subplots(len(rows), columns, figsize=size, sharex=True, sharey=True, squeeze=False)
    image = None
    for row, slopes in enumerate(rows):
        axes[row, 0].set_ylabel("advantage A (standardised)")
        for axis, (name, slope) in zip(axes[row], slopes.items(), strict=False):
            image = _slope_map(axis, slope)
            axis.set(title=shortened(name, 34))
        for axis in axes[row, len(slopes) :]:
            axis.set_visible(False)
    for column in range(columns):  # beneath the lowest map of each column
        lowest = max(row for row, slopes in enumerate(rows) if column < len(slopes))
        axes[lowest, column].set(xlabel="ratio r")
        axes[lowest, column].tick_params(labelbottom=True)
    assert image is not None, "no drift to show"
    figure.colorbar(image, ax=axes, label=r"$\partial(rA-f)/\partial r$", extend="both")
    return png(figure)


def _slope_map(axis: Any, slope: NDArray[Any]) -> Any:
    ratios = np.exp(LOG_RATIOS)
    image = axis.pcolormesh(ratios, ADVANTAGES, slope, cmap="RdBu", vmin=-3, vmax=3, shading="nearest", rasterized=True)
    if slope.min() < 0 < slope.max():
        axis.contour(ratios, ADVANTAGES, slope, levels=[0], colors="black", linewidths=0.6)
    axis.axvline(1, color="black", linewidth=0.6, linestyle=":")
    axis.set(xscale="log")
    axis.set_xticks([0.5, 1, 2], ["0.5", "1", "2"])
    axis.minorticks_off()
    axis.grid(False)
    return image


def pareto(front: Sequence[Mapping[str, Any]], verdicts: Mapping[str, str]) -> bytes:
    """Complexity against error, fitted and held out; a filled mark is a proved drift.

    Args:
        front: records of candidates.
        verdicts: "proved", "refuted" or "unknown" by expression.
    """
    plt = pyplot()
    figure, axis = plt.subplots(figsize=(5.6, 3.4))
    sizes = [member["complexity"] for member in front]
    errors = [max(member["nmse"], EXACT) for member in front]
    held_out = [max(member["heldout_nmse"], EXACT) for member in front]
    axis.plot(sizes, errors, color="#0072B2", linewidth=1, drawstyle="steps-post", label="fitted rows")
    axis.plot(sizes, held_out, "x", color="#D55E00", label="held-out rows")
    for size, error, member in zip(sizes, errors, front, strict=True):
        proved = verdicts.get(member["expression"]) == "proved"
        axis.plot(size, error, "o", color="#0072B2", markerfacecolor="#0072B2" if proved else "white")
    axis.plot([], [], "o", color="#0072B2", label="proved a valid drift")
    axis.set(yscale="log", xlabel="complexity (operators + symbols + constants)", ylabel="error / variance")
    axis.set_title("Formulas found: each step is the best of its size")
    if min(errors + held_out) <= EXACT:
        axis.set_ylabel(f"error / variance ({EXACT:g} and below at the edge)")
    axis.legend(frameon=False)
    return png(figure)


def learning_curves(
    curves: Mapping[str, NDArray[Any]], steps: NDArray[Any], task: str, *, rng: np.random.Generator
) -> bytes:
    """Mean return over seeds against environment steps, with 95% bootstrap intervals.

    Args:
        curves: for each drift [seeds, updates].
        steps: [updates] environment steps.
        task: the environment's name.
        rng: of the bootstrap.
    """
    plt = pyplot()
    figure, axis = plt.subplots(figsize=(5.6, 4.2))
    for position, (name, runs) in enumerate(curves.items()):
        finite = np.isfinite(runs).all(axis=1)
        if not finite.any():
            continue
        mean, low, high = mean_interval(runs[finite], rng=rng)
        colour = colour_of(name, position)
        axis.plot(steps, mean, color=colour, linewidth=1.4, label=shortened(name, 44))
        axis.fill_between(steps, low, high, color=colour, alpha=0.18, linewidth=0)
    runs = len(next(iter(curves.values())))
    axis.set(xlabel="environment steps", ylabel="episode return", title=f"{task}: mean of {runs} seeds, 95% intervals")
    figure.legend(loc="outside lower center", ncols=2, frameon=False)
    return png(figure)


def meta_training(history: Sequence[Mapping[str, Any]], references: Mapping[str, float]) -> bytes:
    """Held-out score of the mean by generation beside reference drifts and, with one environment, the population.

    With several environments fitness is a mean of ranks, which has no place on the axis of the held-out score.

    Args:
        history: one record a generation, with fitness quantiles `fitness_low`, `fitness_median`, `fitness_high` and
            `held_out` (None where the mean was not judged); where they have `held_out_ppo` and `held_out_none`, the
            scores of these drifts on the same seeds, lines show them. `by_env` has an entry for each environment.
        references: scores on the benchmark's seeds of drifts such as "ppo" and "none", in the unit of `held_out`;
            lines where the history has none.
    """
    several = any(len(record.get("by_env") or {}) > 1 for record in history)
    plt = pyplot()
    figure, axis = plt.subplots(figsize=(5.6, 3.9))
    generations = [record["generation"] for record in history]
    if not several:
        low, middle, high = (
            [np.nan if record[name] is None else record[name] for record in history]
            for name in ("fitness_low", "fitness_median", "fitness_high")
        )
        axis.fill_between(generations, low, high, color="#56B4E9", alpha=0.25, linewidth=0, label="population, 25-75%")
        axis.plot(generations, middle, color="#56B4E9", linewidth=1, label="population, median")
    judged = [(record["generation"], record["held_out"]) for record in history if record["held_out"] is not None]
    if judged:
        axis.plot(*zip(*judged, strict=True), "o-", color="#D55E00", markersize=4, label="mean drift, held-out seeds")
    same_seeds = {name: _last_known(history, f"held_out_{name}") for name in ("ppo", "none")}
    lines = {name: (score, "benchmark seeds") for name, score in references.items()}
    lines |= {name: (score, "held-out seeds") for name, score in same_seeds.items() if score is not None}
    for name, (score, seeds) in lines.items():
        axis.axhline(score, color=colour_of(name, 0), linestyle="--", linewidth=1, label=f"{name}, {seeds}")
    over_several = "held-out score, 0 = no drift, 1 = ppo\n(mean over environments)"
    ylabel = over_several if several else "score of the trained agents (return)"
    axis.set(xlabel="generation", ylabel=ylabel, title="Meta-training")
    axis.xaxis.get_major_locator().set_params(integer=True)
    figure.legend(loc="outside lower center", ncols=3, frameon=False)
    return png(figure)


def _last_known(history: Sequence[Mapping[str, Any]], name: str) -> float | None:
    """The last value that a history has under a name."""
    return next((record[name] for record in reversed(history) if record.get(name) is not None), None)
