"""Drifts compared as lines: in one panel while they are few, each in its own with the references behind when many."""

from collections.abc import Mapping, Sequence
from typing import Any

from discovery.report.figures.bands import Array, Band
from discovery.report.figures.sheet import BEHIND, CROWD, Axis, handle, known, legend_below, sheet, title
from discovery.report.style import COLUMN, SMALLEST, Look

_COLUMNS = 5


def crowded(names: Sequence[object]) -> bool:
    """Too many drifts for one panel."""
    return len(names) > CROWD


def draw(axis: Axis, x: Array, line: Band, look: Look, *, place: int = 0, of: int = 1, **changes: Any) -> None:
    """A line with its interval; four marks on it, at other points than those of its neighbours."""
    gap = max(1, len(x) // 4)
    marks = slice((place * gap) // max(of, 1), None, gap)
    given = {"color": look.colour, "linestyle": look.line, "marker": look.marker, "markevery": marks, **changes}
    axis.plot(x, line.value, **given)
    axis.fill_between(x, line.low, line.high, color=given["color"], alpha=0.16, linewidth=0)


def overlay(axis: Axis, x: Array, lines: Mapping[str, Band], looks: Mapping[str, Look]) -> None:
    """All drifts in one panel, the references above the others."""
    names = known(looks, list(lines))
    for place, name in enumerate(names):
        draw(axis, x, lines[name], looks[name], place=place, of=len(names), zorder=2.5 if name in BEHIND else 2)


def compared(
    x: Array,
    lines: Mapping[str, Band],
    looks: Mapping[str, Look],
    *,
    xlabel: str,
    ylabel: str,
    heading: str,
    notes: Mapping[str, str] | None = None,
) -> tuple[Any, dict[str, Axis]]:
    """(figure, the panel of each drift) of one comparison: one column wide, or small multiples over two columns.

    Args:
        x: [points].
        lines: for each drift.
        looks: for each drift.
        xlabel, ylabel: with units.
        heading: the figure's title.
        notes: what is to be said of a drift beside its name, such as "2 of 32 failed".
    """
    notes, names = notes or {}, known(looks, list(lines))
    if not crowded(names):
        figure, axes = sheet(1, columns=1, width=COLUMN, height=2.3, extra=0.25 + 0.16 * ((len(names) + 1) // 2))
        overlay(axes[0], x, lines, looks)
        axes[0].set(xlabel=xlabel, ylabel=ylabel)
        figure.suptitle(heading)
        told = [f"{looks[name].label} ({notes[name]})" if name in notes else looks[name].label for name in names]
        legend_below(figure, [handle(looks[name]) for name in names], told)
        return figure, dict.fromkeys(names, axes[0])
    behind = [name for name in BEHIND if name in lines]
    fore = [name for name in names if name not in behind]
    figure, axes = sheet(len(fore), columns=_COLUMNS, height=1.1, extra=0.65, sharex=True, sharey=True)
    for axis, name in zip(axes, fore, strict=True):
        for other in behind:
            axis.plot(x, lines[other].value, color=looks[other].colour, linestyle=looks[other].line, linewidth=0.9)
        draw(axis, x, lines[name], _FORE, marker="", linewidth=1.1)
        title(axis, looks[name].label, notes.get(name, ""), size=SMALLEST)
    figure.suptitle(heading)
    figure.supylabel(ylabel, fontsize=8)
    told = [f"{looks[name].label} ({notes[name]})" if name in notes else looks[name].label for name in behind]
    handles = [handle(_FORE, marker=""), *(handle(looks[name], marker="", linewidth=0.9) for name in behind)]
    legend_below(figure, handles, ["the panel's drift", *told], xlabel=xlabel)
    return figure, dict(zip(fore, axes, strict=True))


_FORE = Look("", "#000000")
