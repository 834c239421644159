"""Sheets of panels: sizes, legends and ticks that every figure shares."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from discovery.report.style import COLUMN, PAGE, SMALLEST, Look, numbers_text, steps_text

Axis = Any
CROWD = 7
"""More drifts than this are not drawn in one panel: each gets its own, with the references behind it."""
BEHIND = ("none", "ppo")
_POINTS = 72
_GAP = 1.4  # between the columns of a legend, in sizes of its text


def sheet(
    count: int, *, columns: int, width: float = PAGE, height: float = 1.6, extra: float = 0.6, **share: Any
) -> tuple[Any, list[Axis]]:
    """(figure, panels): `count` panels in rows of `columns`, each `height` inches and `extra` for legends and titles.

    With shared axes, the lowest panel of each column bears the ticks even where the last row is not full.
    """
    from matplotlib.figure import Figure

    columns = min(columns, count)
    rows = math.ceil(count / columns)
    figure = Figure(figsize=(width, rows * height + extra), layout="constrained")
    figure.get_layout_engine().set(w_pad=0.03, h_pad=0.03, wspace=0.02, hspace=0.03)  # type: ignore[union-attr]
    axes = figure.subplots(rows, columns, squeeze=False, **share)
    for place in range(count, rows * columns):
        axes.flat[place].remove()
    for place in range(max(0, count - columns), count):
        axes.flat[place].tick_params(labelbottom=True)
    return figure, list(axes.flat[:count])


def balanced(count: int) -> int:
    """Columns for `count` panels, each a drift: few gaps in the last row, and no panel too small to read."""
    return 5 if count > 12 else 3 if count in (3, 5, 6, 9) else 4


def leftmost(axes: Sequence[Axis], columns: int) -> Sequence[Axis]:
    """The panels of the first column."""
    return axes[:: min(columns, len(axes))]


def legend_below(figure: Any, handles: Sequence[Any], labels: Sequence[str], *, xlabel: str = "") -> None:
    """One legend for all panels, beneath them, in as many columns as the figure is wide for.

    Args:
        xlabel: what the abscissae of all panels show, written between them and the legend (matplotlib's `supxlabel`
            would lie on the legend).
    """
    legend = figure.legend(
        handles, labels, loc="outside lower center", ncols=legend_columns(figure, labels), columnspacing=_GAP,
        title=xlabel or None, title_fontsize=8,
    )  # fmt: skip
    legend.get_title().set_multialignment("center")


def legend_columns(figure: Any, labels: Sequence[str]) -> int:
    """How many labels fit beside each other."""
    from matplotlib import rcParams
    from matplotlib.textpath import TextPath

    size = rcParams["legend.fontsize"]
    widest = max(TextPath((0, 0), label, size=size).get_extents().width for label in labels)
    entry = widest + size * (rcParams["legend.handlelength"] + rcParams["legend.handletextpad"] + _GAP)
    return max(1, min(len(labels), int(figure.get_figwidth() * _POINTS / entry)))


def handle(look: Look, **changes: Any) -> Any:
    """A line with its marker, as it stands in a legend."""
    from matplotlib.lines import Line2D

    given = {"color": look.colour, "linestyle": look.line, "marker": look.marker, **changes}
    return Line2D([], [], **given)


def title(axis: Axis, text: str, note: str = "", *, size: float = 7) -> None:
    """A panel's title, with a note beneath it in the smallest text."""
    axis.set_title(f"{text}\n{note}" if note else text, fontsize=SMALLEST if note else size, linespacing=1.25)


def ticks(axis: Axis, which: str, text: Callable[[float], str], most: int = 4) -> None:
    """Few round ticks on the "x" or "y" axis, written by `text`."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    chosen = getattr(axis, f"{which}axis")
    chosen.set_major_locator(MaxNLocator(most, steps=[1, 2, 2.5, 5, 10]))
    chosen.set_major_formatter(FuncFormatter(lambda value, _: text(value)))


def step_ticks(axis: Axis, most: int = 4) -> None:
    """Environment steps as 15k, 2.5M."""
    ticks(axis, "x", steps_text, most)


def log_ticks(axis: Axis, which: str, low: float, high: float, most: int = 5) -> None:
    """A logarithmic axis from `low` to `high` with at most `most` labelled ticks, none of them with a superscript."""
    getattr(axis, f"set_{which}scale")("log")
    getattr(axis, f"set_{which}lim")(low, high)
    places = _log_places(low, high, most)
    chosen = getattr(axis, f"{which}axis")
    chosen.set_ticks(places, numbers_text(places))
    chosen.set_ticks([], minor=True)


def _log_places(low: float, high: float, most: int) -> list[float]:
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    candidates = [[1, 2, 5], [1, 3], [1]]
    for mantissas in candidates:
        places = [m * 10.0**k for k in range(first, last + 1) for m in mantissas if low <= m * 10.0**k <= high]
        if 2 <= len(places) <= most:
            return places
    decades = [10.0**k for k in range(first, last + 1) if low <= 10.0**k <= high]
    return decades[:: math.ceil(len(decades) / most)] if decades else [low, high]


def width_for(count: int) -> float:
    """One panel takes a column, several take two."""
    return COLUMN if count == 1 else PAGE


def known(looks: Mapping[str, Look], names: Sequence[str]) -> list[str]:
    """The names in the order of the looks, so that every legend has one order."""
    return [name for name in looks if name in set(names)]
