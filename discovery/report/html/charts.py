"""The page's figures as plain plotly JSON. Labels may hold "<": plotly reads a little markup, so they are escaped."""

import json
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import numpy as np
from numpy.typing import NDArray

from discovery.report.figures.bands import Array, mean, mean_band, worst_imputed
from discovery.report.html.catalogue import Entry

Figure = dict[str, Any]
Record = Mapping[str, Any]
EXACT = 1e-8  # errors below are drawn here
POINTS = 25_000  # of all curves of the page together: the file stays small however many drifts it compares
SHOWN = 7  # curves drawn at first; the legend brings in the others
_GREY, _BLUE, _RED, _SKY = "#8a8a8a", "#0072B2", "#D55E00", "#56B4E9"


def plotted(traces: Sequence[Any], *, x: str, y: str, **layout: Any) -> Figure:
    """A figure with the titles of its axes, in the page's look; {data, layout} as plotly.js takes them."""
    import plotly.graph_objects as go

    axis = {"gridcolor": "#e7e7e7", "zeroline": False, "automargin": True, "linecolor": "#8a8a8a", "ticks": "outside"}
    figure = go.Figure(list(traces))
    found = json.loads(str(figure.to_json()))
    found["layout"] = {
        "xaxis": {**axis, "title": {"text": x, "standoff": 8}, **layout.pop("xaxis", {})},
        "yaxis": {**axis, "title": {"text": y, "standoff": 8}, **layout.pop("yaxis", {})},
        "margin": {"l": 56, "r": 12, "t": 12, "b": 44},
        "legend": {"orientation": "h", "y": -0.24, "yanchor": "top", "x": 0, "traceorder": "normal"},
        "hovermode": "closest",
        **layout,
    }
    return found


def evolution(history: Sequence[Record], *, several: bool, metric: str) -> Figure:
    """The mean drift's score on held-out seeds by generation, beside ppo and none on the same seeds."""
    import plotly.graph_objects as go

    traces: list[Any] = []
    if not several:
        shown = [record for record in history if record["fitness_median"] is not None]
        generations = [record["generation"] for record in shown]
        low, middle, high = ([r[f"fitness_{name}"] for r in shown] for name in ("low", "median", "high"))
        traces += _band(generations, low, high, _SKY, "population, middle half", "p")
        line = {"color": _SKY, "width": 1.5}
        traces.append(go.Scatter(x=generations, y=middle, name="population, median", line=line, mode="lines"))
    judged = [record for record in history if record["held_out"] is not None]
    for name, colour in (("none", _GREY), ("ppo", _BLUE)):
        known = [record[f"held_out_{name}"] for record in judged if record.get(f"held_out_{name}") is not None]
        if known:
            ends = [judged[0]["generation"], history[-1]["generation"]]
            line = {"color": colour, "dash": "dash", "width": 1.5}
            traces.append(go.Scatter(x=ends, y=[known[-1]] * 2, name=name, mode="lines", line=line))
    traces.append(
        go.Scatter(
            x=[record["generation"] for record in judged],
            y=[record["held_out"] for record in judged],
            name="evolved drift (mean), held-out seeds",
            mode="lines+markers",
            line={"color": _RED, "width": 2},
            hovertemplate="generation %{x}<br>score %{y:.4g}<extra></extra>",
        )
    )
    label = "score (none = 0, ppo = 1)<br>mean over environments" if several else f"episode return<br>({metric})"
    return plotted(traces, x="generation", y=label)


def pareto(front: Sequence[Record], entries: Mapping[str, Entry]) -> Figure:
    """Error against size: a step is the best of its size; filled marks are proved drifts. Points can be clicked."""
    import plotly.graph_objects as go

    sizes = [member["complexity"] for member in front]
    proved = [(entries[m["expression"]].verdict or {}).get("verdict") == "proved" for m in front]
    held_out = [_error(member["heldout_nmse"]) for member in front]
    fitted = [_error(member["nmse"]) for member in front]
    places = list(range(1, len(front) + 1))
    hover = "formula %{customdata}<br>size %{x}<br>error %{y:.3g}<extra>%{fullData.name}</extra>"
    chosen = [11 if member.get("selected") else 9 for member in front]
    traces = [
        go.Scatter(x=sizes, y=fitted, mode="lines", line={"color": _BLUE, "width": 1, "shape": "hv"},
                   showlegend=False, hoverinfo="skip"),
        go.Scatter(x=sizes, y=held_out, name="held-out rows", mode="markers", customdata=places, hovertemplate=hover,
                   marker={"symbol": "x-thin", "size": 7, "line": {"color": _RED, "width": 1.6}}),
        go.Scatter(x=sizes, y=fitted, name="fitted rows (filled: proved)", mode="markers", customdata=places,
                   hovertemplate=hover,
                   marker={"size": chosen, "color": [_BLUE if p else "#ffffff" for p in proved],
                           "line": {"color": _BLUE, "width": 1.6}}),
    ]  # fmt: skip
    note = f" ({EXACT:g} and below at the edge)" if min(fitted + held_out) <= EXACT else ""
    return plotted(
        traces,
        x="size (operators + symbols + constants)",
        y=f"error / variance{note}",
        yaxis={"type": "log", "exponentformat": "power", "dtick": 1},
        clickmode="event",
    )


def _error(value: float | None) -> float:
    return EXACT if value is None else max(value, EXACT)


def points_for(curves: int) -> int:
    """The points that each of so many curves may have."""
    return min(128, max(16, POINTS // max(curves, 1)))


def learning(
    curves: Mapping[str, NDArray[Any]], steps: NDArray[Any], entries: Mapping[str, Entry], *, points: int = 128
) -> Figure:
    """Mean return over seeds against environment steps with 95% bootstrap intervals, of the curves of one condition.

    A run that failed counts from then on as the worst return of all drifts, as in the figures of report.md.
    """
    return _lines(worst_imputed(curves), steps, entries, "episode return", points=points)


def diagnostic(
    values: Mapping[str, NDArray[Any]], steps: NDArray[Any], entries: Mapping[str, Entry], *, points: int = 128
) -> Figure:
    """One diagnostic of training against environment steps, mean over the runs that go on, with 95% intervals.

    A run that diverged is in the mean until then. Only the drifts that are shown at first have intervals: those of
    dozens say nothing.
    """
    return _lines(values, steps, entries, "", points=points, bands=SHOWN)


def ratios(
    quantiles: Mapping[str, Mapping[str, NDArray[Any]]],
    steps: NDArray[Any],
    entries: Mapping[str, Entry],
    *,
    points: int = 128,
) -> Figure | None:
    """Where the ratios lie: the median and, thin, the ends of the middle 98%; means over the runs that go on."""

    traces: list[Any] = []
    x = _rounded(ends_of(steps, points))
    for place, (name, found) in enumerate(quantiles.items()):
        if not {"ratio_q01", "ratio_q50", "ratio_q99"} <= set(found):
            continue
        low, middle, high = (_rounded(mean(thinned(found[f"ratio_q{q}"], points))) for q in ("01", "50", "99"))
        entry, shown = entries[name], True if place < SHOWN else "legendonly"
        traces += [_line(x, end, entry, visible=shown, width=0.8) for end in (low, high)]
        traces.append(_line(x, middle, entry, visible=shown))
    axis = {"type": "log", "tickvals": [0.001, 0.01, 0.1, 0.5, 1, 2, 10, 100], "tickformat": "~g"}
    return _of_drifts(traces, x="environment steps", y="", yaxis=axis) if traces else None


def profiles(profile: Record, entries: Mapping[str, Entry]) -> Figure:
    """Share of runs that score above tau, with 95% intervals."""
    share = "share of runs scoring above τ"
    return _given(profile["tau"], profile["drifts"], entries, x="normalised score τ", y=share)


def efficiency(found: Record, entries: Mapping[str, Entry]) -> Figure:
    """The interquartile mean against the share of training done, with 95% intervals."""
    iqm = "normalised score (IQM)"
    return _given(found["share"], found["drifts"], entries, x="share of training done", y=iqm)


def _given(at: Sequence[float], drifts: Record, entries: Mapping[str, Entry], *, x: str, y: str) -> Figure:
    traces: list[Any] = []
    for place, (name, interval) in enumerate(drifts.items()):
        shown = True if place < SHOWN else "legendonly"
        traces += _band(at, interval["low"], interval["high"], entries[name].colour, "", name, visible=shown)
        traces.append(_line(at, interval["value"], entries[name], visible=shown))
    return _of_drifts(traces, x=x, y=y)


def _of_drifts(traces: Sequence[Any], *, x: str, y: str, **layout: Any) -> Figure:
    """A figure whose lines are drifts: the page's own legend turns them on and off."""
    return {**plotted(traces, x=x, y=y, showlegend=False, **layout), "drifts": True}


def _lines(
    values: Mapping[str, NDArray[Any]],
    steps: NDArray[Any],
    entries: Mapping[str, Entry],
    label: str,
    *,
    points: int,
    bands: int = 1_000,
) -> Figure:
    traces: list[Any] = []
    x = _rounded(ends_of(steps, points))
    for place, (name, runs) in enumerate(values.items()):
        shown, kept = True if place < SHOWN else "legendonly", thinned(runs, points)
        if place < bands:
            line = mean_band(kept, rng=np.random.default_rng(0))
            there = np.flatnonzero(np.isfinite(line.low))  # plotly fills across a gap as if there were none
            low, high, at = (_rounded(part[there]) for part in (line.low, line.high, np.asarray(x)))
            traces += _band(at, low, high, entries[name].colour, "", name, visible=shown)
        traces.append(_line(x, _rounded(mean(kept)), entries[name], visible=shown))
    return _of_drifts(traces, x="environment steps", y=label)


def _line(x: Any, y: Any, entry: Entry, *, width: float = 1.8, **more: Any) -> Any:
    import plotly.graph_objects as go

    line = {"color": entry.colour, "width": width, "dash": entry.dash}
    hover = "%{x:.4~s}: %{y:.4~g}<extra>%{fullData.name}</extra>"
    look = {"line": line, "legendgroup": escape(entry.name), "hovertemplate": hover}
    return go.Scatter(x=x, y=y, name=escape(entry.label), mode="lines", **look, **more)


def _band(x: Any, low: Any, high: Any, colour: str, name: str, group: str, **more: Any) -> list[Any]:
    """The area between two curves; with a name it is in the legend."""
    import plotly.graph_objects as go

    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    common = {"mode": "lines", "line": {"width": 0}, "hoverinfo": "skip", "legendgroup": escape(group), **more}
    return [
        go.Scatter(x=x, y=low, showlegend=False, **common),
        go.Scatter(x=x, y=high, fill="tonexty", fillcolor=f"rgba({red},{green},{blue},0.16)", name=name,
                   showlegend=bool(name), **common),
    ]  # fmt: skip


def _edges(length: int, points: int) -> NDArray[np.intp]:
    """Where at most so many stretches begin and end that together are the whole: they differ by one in length."""
    points = min(length, points)
    return -(-np.arange(points + 1) * length // points)


def thinned(runs: NDArray[Any], points: int) -> Array:
    """[seeds, updates] as at most so many points: means of stretches; NaN where a value of the stretch is missing."""
    edges = _edges(runs.shape[-1], points)
    return np.add.reduceat(np.asarray(runs, dtype=np.float64), edges[:-1], axis=-1) / np.diff(edges)


def ends_of(steps: NDArray[Any], points: int) -> NDArray[Any]:
    """The environment steps at the ends of the stretches of `thinned`: by then all of a point's mean is known."""
    return np.asarray(steps)[_edges(len(steps), points)[1:] - 1]


def _rounded(values: Any) -> list[float]:
    """Five figures are more than a screen shows."""
    return [float(f"{value:.5g}") for value in np.asarray(values)]
