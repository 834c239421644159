"""How scores depend on a setting of PPO that was swept."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from discovery.report.figures.series import crowded
from discovery.report.figures.sheet import (
    BEHIND,
    Axis,
    handle,
    known,
    leftmost,
    legend_below,
    sheet,
    title,
    width_for,
)
from discovery.report.notes import METRIC_AXES
from discovery.report.style import SMALLEST, Look, numbers_text, styled

Record = Mapping[str, Any]
_DODGE = 0.25  # of the distance between two values, over which the drifts' marks are spread
_FORE = Look("", "#000000")


@styled
def sensitivity(rows: Sequence[Record], looks: Mapping[str, Look], *, setting: str) -> Any:
    """Score (IQM with its 95% interval) against a setting, a panel for each environment or, of many drifts, each drift.

    Args:
        rows: of `scores.json`: `drift`, `env`, `settings`, `metric`, `iqm`, `iqm_low`, `iqm_high`.
        looks: for each drift.
        setting: the name of the one that varies.
    """
    names = known(looks, [row["drift"] for row in rows])
    return (_by_drift if crowded(names) else _by_environment)(rows, looks, names, setting)


def _by_environment(rows: Sequence[Record], looks: Mapping[str, Look], names: Sequence[str], setting: str) -> Any:
    tasks = list(dict.fromkeys(row["env"] for row in rows))
    columns = 2 if len(tasks) in (1, 2, 4) else 3
    figure, axes = sheet(len(tasks), columns=columns, width=width_for(len(tasks)), height=1.9, extra=0.8)
    for axis, task in zip(axes, tasks, strict=True):
        here = [row for row in rows if row["env"] == task]
        values = _values(here, setting)
        for place, name in enumerate(names):
            shift = (place - (len(names) - 1) / 2) / max(len(names), 1) * _DODGE
            _line(axis, [row for row in here if row["drift"] == name], looks[name], values, setting, shift)
        _value_axis(axis, values)
        title(axis, task)
    for axis in leftmost(axes, columns):
        axis.set_ylabel(_score(rows))
    figure.suptitle("Interquartile mean over seeds, 95% intervals")
    legend_below(
        figure, [handle(looks[name]) for name in names], [looks[name].label for name in names], xlabel=_named(setting)
    )
    return figure


def _by_drift(rows: Sequence[Record], looks: Mapping[str, Look], names: Sequence[str], setting: str) -> Any:
    (task,) = {row["env"] for row in rows}
    values = _values(rows, setting)
    behind = [name for name in BEHIND if name in names]
    fore = [name for name in names if name not in behind]
    figure, axes = sheet(len(fore), columns=5, height=1.1, extra=0.65, sharex=True, sharey=True)
    for axis, name in zip(axes, fore, strict=True):
        for shown, look in [*((other, looks[other]) for other in behind), (name, _FORE)]:
            _line(axis, [row for row in rows if row["drift"] == shown], look, values, setting, 0.0)
        _value_axis(axis, values)
        title(axis, looks[name].label, size=SMALLEST)
    figure.suptitle(f"{task}: interquartile mean over seeds, 95% intervals")
    figure.supylabel(_score(rows), fontsize=8)
    handles = [handle(_FORE), *(handle(looks[name]) for name in behind)]
    legend_below(
        figure, handles, ["the panel's drift", *(looks[name].label for name in behind)], xlabel=_named(setting)
    )
    return figure


def _values(rows: Sequence[Record], setting: str) -> list[float]:
    return sorted({float(row["settings"][setting]) for row in rows})


def _line(axis: Axis, rows: Sequence[Record], look: Look, values: Sequence[float], setting: str, shift: float) -> None:
    rows = sorted(rows, key=lambda row: row["settings"][setting])
    x = np.array([float(row["settings"][setting]) for row in rows])
    middle, low, high = (np.array([row[key] for row in rows], float) for key in ("iqm", "iqm_low", "iqm_high"))
    if len(values) > 1 and _log(values):
        x = x * min(b / a for a, b in pairwise(values)) ** shift
    axis.errorbar(
        x, middle, np.array([middle - low, high - middle]).clip(0), color=look.colour, linestyle=look.line,
        marker=look.marker, elinewidth=0.9, linewidth=1.0,
    )  # fmt: skip


def _log(values: Sequence[float]) -> bool:
    return min(values) > 0


def _value_axis(axis: Axis, values: Sequence[float]) -> None:
    """Ticks at the values, every second where they would run into each other."""
    if _log(values):
        axis.set_xscale("log")
        axis.set_xlim(values[0] / 1.5, values[-1] * 1.5)
    every = -(-len(values) // 4)
    shown = values[::every]
    axis.set_xticks(shown, numbers_text(shown))
    axis.set_xticks([], minor=True)


def _score(rows: Sequence[Record]) -> str:
    return f"{METRIC_AXES[rows[0]['metric']]} (return)"


def _named(setting: str) -> str:
    """A setting and its unit."""
    return "learning rate (Adam's step size)" if setting == "learning_rate" else setting.replace("_", " ")
