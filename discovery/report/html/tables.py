"""The rows of the page's tables, numbers as people read them."""

from collections.abc import Mapping, Sequence
from typing import Any

from discovery.report import numbers
from discovery.report.html.catalogue import Entry
from discovery.report.tables import verdict

Record = Mapping[str, Any]


def benchmark_rows(rows: Sequence[tuple[Record, Entry, str]]) -> list[dict[str, Any]]:
    """The rows (record, drift, what to call it) of one condition, the best IQM first."""
    low, high = (_finite(row[f"iqm_{end}"] for row, _, _ in rows) for end in ("low", "high"))
    start, end = (min(low), max(high)) if low and high else (0.0, 1.0)
    span = (end - start) or 1.0
    ranked = sorted(rows, key=lambda item: -item[0]["iqm"] if numbers.is_number(item[0]["iqm"]) else float("inf"))
    return [_row(row, entry, label, start, span) for row, entry, label in ranked]


def _row(row: Record, entry: Entry, label: str, start: float, span: float) -> dict[str, Any]:
    low, value, high = row["iqm_low"], row["iqm"], row["iqm_high"]
    drawn = all(map(numbers.is_number, (low, value, high)))
    told = row.get("comparison_with_ppo")
    return {
        "entry": entry,
        "label": label,
        "verdict": verdict(row),
        "decision": row.get("verdict") or "",
        "iqm": numbers.score_interval(row),
        "mean": numbers.score_text(row["mean"]),
        "probability": numbers.improvement(row),
        "word": told["word"] if told else "",
        "needed": numbers.seeds_needed(told),
        "normalised": numbers.decimals(row.get("normalised")),
        "failures": row.get("failures") or 0,
        "runs": len(row["scores"]),
        "bar": [round(100 * (x - start) / span, 2) for x in (low, value, high)] if drawn else None,
    }


def summary_rows(entry: Record, entries: Mapping[str, Entry]) -> list[dict[str, Any]]:
    """Aggregates across environments, one row a drift, the best IQM first; none of a single environment."""
    if len(entry["environments"]) < 2:
        return []
    improvement = {found["drift"]: found for found in entry.get("improvement") or ()}
    return [
        {
            "entry": entries[found["drift"]],
            **{name: numbers.interval(found[name]) for name in ("iqm", "mean", "median", "optimality_gap")},
            "probability": numbers.interval((over or {}).get("probability")),
            "word": over["word"] if over else "",
            "needed": numbers.seeds_needed(over),
        }
        for found in sorted(entry.get("aggregates") or (), key=lambda found: -found["iqm"]["value"])
        for over in [improvement.get(found["drift"])]
    ]


def _finite(values: Any) -> list[float]:
    return [value for value in values if numbers.is_number(value)]
