"""Point estimates with intervals, a drift a row: aggregates across environments, probability of improvement."""

from collections.abc import Mapping, Sequence
from typing import Any

from discovery.report.figures.sheet import CROWD, Axis, sheet, ticks, title
from discovery.report.style import COLUMN, FIXED, Look, number_text, styled

AGGREGATES = {"iqm": "IQM", "median": "median", "mean": "mean", "optimality_gap": "optimality gap"}
_ROW = 0.17
_WORDS = {"better": ("#0072B2", "^"), "worse": ("#D55E00", "v"), "not told apart": ("#7a7a7a", "o")}
Record = Mapping[str, Any]


@styled
def aggregates(records: Sequence[Record], looks: Mapping[str, Look], *, scale: str) -> Any:
    """Interquartile mean, median, mean and optimality gap of the normalised scores, best IQM first.

    Args:
        records: of `summary.json`: {"drift", "iqm": {"value", "low", "high"}, "median", "mean", "optimality_gap"}.
        looks: for each drift.
        scale: what the scores 0 and 1 stand for.
    """
    records = sorted(records, key=lambda record: record["iqm"]["value"])
    height = _ROW * len(records) + 0.35
    figure, axes = sheet(4, columns=4, height=height, extra=0.5, sharey=True)
    for axis, (key, name) in zip(axes, AGGREGATES.items(), strict=True):
        for place, record in enumerate(records):
            _interval(axis, place, record[key], _colour(record["drift"], looks, len(records)), "o")
        if key != "optimality_gap":
            for level in (0, 1):
                axis.axvline(level, color="black", linewidth=0.6, linestyle=":", zorder=1)
        _rows(axis, [looks[record["drift"]].label for record in records])
        ticks(axis, "x", number_text, most=3)
        title(axis, f"{name} {'↓' if key == 'optimality_gap' else '↑'}")
    figure.supxlabel(f"normalised score ({scale}), 95% intervals; ↑ higher is better, ↓ lower", fontsize=8)
    return figure


@styled
def improvement(records: Sequence[Record], looks: Mapping[str, Look], *, over: str = "ppo") -> Any:
    """The probability that a run with a drift beats a run with another, with its interval and what it lets one say.

    Args:
        records: of `summary.json`: {"drift", "probability": {"value", "low", "high"}, "word", "seeds_needed"}.
        looks: for each drift.
        over: the drift compared with.
    """
    records = sorted(records, key=lambda record: record["probability"]["value"])
    figure, (axis,) = sheet(1, columns=1, width=COLUMN, height=_ROW * len(records) + 0.35, extra=0.45)
    axis.axvline(0.5, color="black", linewidth=0.8, linestyle="--", zorder=1)
    for place, record in enumerate(records):
        colour, marker = _WORDS[record["word"]]
        _interval(axis, place, record["probability"], colour, marker)
        axis.annotate(
            record["word"], (1.02, place), xycoords=("axes fraction", "data"), va="center", fontsize=7, color=colour
        )
    _rows(axis, [looks[record["drift"]].label for record in records])
    axis.set(xlim=(-0.02, 1.02), xlabel=f"P(a run scores above one with {over}), 95% intervals")
    axis.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0", "0.25", "0.5", "0.75", "1"])
    return figure


def _colour(name: str, looks: Mapping[str, Look], count: int) -> str:
    """Of many drifts only the references are coloured: every row has its name, and a rainbow would say nothing."""
    return looks[name].colour if count <= CROWD or name in FIXED else "#555555"


def _interval(axis: Axis, place: int, record: Record, colour: str, marker: str) -> None:
    if record["value"] is None:
        return
    if record["low"] is not None and record["high"] is not None:
        axis.plot([record["low"], record["high"]], [place, place], color=colour, linewidth=3, alpha=0.4, marker="")
    axis.plot(record["value"], place, color=colour, marker=marker, markersize=4)


def _rows(axis: Axis, labels: Sequence[str]) -> None:
    axis.set_yticks(range(len(labels)), labels)
    axis.set_ylim(-0.6, len(labels) - 0.4)
    axis.grid(axis="y", visible=False)
    axis.tick_params(axis="y", length=0)
