"""The meta-training of a drift by generation."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from discovery.report.figures.sheet import legend_below, sheet
from discovery.report.style import COLUMN, FIXED, styled

_SKY, _ORANGE = "#56B4E9", "#D55E00"


@styled
def meta_training(history: Sequence[Mapping[str, Any]], references: Mapping[str, float]) -> Any:
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
    figure, (axis,) = sheet(1, columns=1, width=COLUMN, height=2.3, extra=0.9)
    generations = [record["generation"] for record in history]
    if not several:
        low, middle, high = (
            [np.nan if record[name] is None else record[name] for record in history]
            for name in ("fitness_low", "fitness_median", "fitness_high")
        )
        axis.fill_between(generations, low, high, color=_SKY, alpha=0.3, linewidth=0, label="population, 25-75%")
        axis.plot(generations, middle, color=_SKY, linewidth=1, label="population, median")
    judged = [(record["generation"], record["held_out"]) for record in history if record["held_out"] is not None]
    if judged:
        axis.plot(*zip(*judged, strict=True), "o-", color=_ORANGE, label="mean drift, held-out seeds")
    same_seeds = {name: _last_known(history, f"held_out_{name}") for name in ("ppo", "none")}
    lines = {name: (score, "benchmark seeds") for name, score in references.items()}
    lines |= {name: (score, "held-out seeds") for name, score in same_seeds.items() if score is not None}
    for name, (score, seeds) in lines.items():
        look = FIXED[name]
        axis.axhline(score, color=look.colour, linestyle=_DASHES[name], linewidth=1.1, label=f"{name}, {seeds}")
    over_several = "held-out score, 0 = no drift, 1 = ppo\n(mean over environments)"
    ylabel = over_several if several else "score of trained agents (return)"
    axis.set(xlabel="generation", ylabel=ylabel)
    figure.suptitle("Meta-training")
    axis.xaxis.get_major_locator().set_params(integer=True)
    legend_below(figure, *axis.get_legend_handles_labels())
    return figure


_DASHES = {"ppo": (0, (4, 1.5)), "none": (0, (1, 1.2)), "dpo": (0, (6, 1.5, 1, 1.5))}


def _last_known(history: Sequence[Mapping[str, Any]], name: str) -> float | None:
    """The last value that a history has under a name."""
    return next((record[name] for record in reversed(history) if record.get(name) is not None), None)
