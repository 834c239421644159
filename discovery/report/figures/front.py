"""The Pareto front of a search for formulas."""

from collections.abc import Mapping, Sequence
from typing import Any

from discovery.report.figures.sheet import handle, legend_below, log_ticks, sheet
from discovery.report.style import COLUMN, Look, number_text, styled

EXACT = 1e-8  # errors below are drawn here
_BLUE, _ORANGE = "#0072B2", "#D55E00"
MARKS = {
    "proved": ("o", _BLUE, "proved a valid drift"),
    "refuted": ("X", "white", "refuted"),
    "unknown": ("s", "white", "not decided"),
    "": ("d", "white", "verification not run"),
}
"""For each verdict its marker, its filling and what the legend says."""


@styled
def pareto(front: Sequence[Mapping[str, Any]], verdicts: Mapping[str, str]) -> Any:
    """Complexity against error, fitted and held out; the marker tells the verdict.

    Args:
        front: records of candidates with `complexity`, `nmse`, `heldout_nmse`, `expression`.
        verdicts: "proved", "refuted" or "unknown" by expression.
    """
    figure, (axis,) = sheet(1, columns=1, width=COLUMN, height=2.2, extra=0.7)
    sizes = [member["complexity"] for member in front]
    errors = [max(member["nmse"], EXACT) for member in front]
    held_out = [max(member["heldout_nmse"], EXACT) for member in front]
    axis.plot(sizes, errors, color=_BLUE, linewidth=1, drawstyle="steps-post")
    axis.plot(sizes, held_out, linestyle="", marker="_", markersize=7, markeredgewidth=1.4, color=_ORANGE, zorder=3)
    met = [verdicts.get(member["expression"], "") for member in front]
    for size, error, verdict in zip(sizes, errors, met, strict=True):
        marker, filling, _ = MARKS[verdict]
        axis.plot(size, error, marker=marker, color=_BLUE, markerfacecolor=filling, markersize=3.8, zorder=2.5)
    low, high = min(errors + held_out), max(errors + held_out)
    log_ticks(axis, "y", low / 1.6, high * 1.6)
    floor = f"\n(≤ {number_text(EXACT)} at the lower edge)" if low <= EXACT else ""
    axis.set(xlabel="complexity (operators + symbols + constants)", ylabel=f"mean squared error / variance{floor}")
    axis.xaxis.get_major_locator().set_params(integer=True)
    figure.suptitle("Formulas found: each step is the best of its size")
    handles = [handle(Look("", _BLUE, "-", "")), handle(Look("", _ORANGE, "", "_"), markersize=7, markeredgewidth=1.4)]
    labels = ["fitted rows", "held-out rows"]
    for verdict in (verdict for verdict in MARKS if verdict in met):
        marker, filling, label = MARKS[verdict]
        handles.append(handle(Look("", _BLUE, "", marker), markerfacecolor=filling, markersize=3.8))
        labels.append(label)
    legend_below(figure, handles, labels)
    return figure
