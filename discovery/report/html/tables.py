"""The rows of the page's tables, numbers as people read them."""

from collections.abc import Mapping, Sequence
from typing import Any

from discovery.report.findings import Findings
from discovery.report.html.catalogue import Entry
from discovery.report.terminal import score_text

Record = Mapping[str, Any]
DASH = "–"


def conditions(findings: Findings) -> list[str]:
    """The benchmark's conditions, in the order of its rows."""
    return list(dict.fromkeys(map(condition_of, findings.rows or ())))


def condition_of(row: Record) -> str:
    """The label of the condition that a row was measured in."""
    return row.get("condition") or row["env"]


def settings_of(findings: Findings, condition: str) -> dict[str, Any]:
    """The training loop's settings in a condition; {} where the manifest does not have them."""
    config = findings.manifest["config"]
    known = (config.get("conditions") or {}).get(condition)
    if known:
        return dict(known["settings"])
    row = next((row for row in findings.rows or () if condition_of(row) == condition), None)
    env = row["env"] if row else condition
    return {**config.get("ppo", {}), **(config.get("env") or {}).get(env, {}), **((row or {}).get("settings") or {})}


def steps_of(settings: Record, updates: int) -> list[int] | None:
    """Environment steps at the end of each update; None where the settings do not say."""
    if not {"num_envs", "num_steps"} <= set(settings):
        return None
    batch = settings["num_envs"] * settings["num_steps"]
    return [batch * update for update in range(1, updates + 1)]


def benchmark_rows(rows: Sequence[tuple[Record, Entry, str]]) -> list[dict[str, Any]]:
    """The rows (record, drift, what to call it) of one condition, the best IQM first."""
    low, high = (_finite(row[f"iqm_{end}"] for row, _, _ in rows) for end in ("low", "high"))
    start, end = (min(low), max(high)) if low and high else (0.0, 1.0)
    span = (end - start) or 1.0
    ranked = sorted(rows, key=lambda item: -item[0]["iqm"] if _is_number(item[0]["iqm"]) else float("inf"))
    return [_row(row, entry, label, start, span) for row, entry, label in ranked]


def _row(row: Record, entry: Entry, label: str, start: float, span: float) -> dict[str, Any]:
    failures = row.get("failures") or 0
    low, value, high = row["iqm_low"], row["iqm"], row["iqm_high"]
    drawn = all(map(_is_number, (low, value, high)))
    probability, word, needed = _improvement(row)
    return {
        "entry": entry,
        "label": label,
        "iqm": score_text(value),
        "interval": f"{score_text(low)} to {score_text(high)}",
        "mean": score_text(row["mean"]),
        "median": score_text(row.get("median")),
        "probability": probability,
        "word": word,
        "needed": needed,
        "normalised": decimals(row.get("normalised")),
        "failures": failures,
        "runs": len(row["scores"]),
        "failed_seeds": row.get("failed_seeds") or [],
        "speed": f"{row['env_steps_per_second']:,.0f}" if row.get("env_steps_per_second") else DASH,
        "bar": [round(100 * (x - start) / span, 2) for x in (low, value, high)] if drawn else None,
    }


def _improvement(row: Record) -> tuple[str, str, str]:
    """(P(better than ppo) with its interval, what that interval says, seeds needed)."""
    if row["drift"] == "ppo":
        return DASH, "", DASH
    compared = row.get("comparison_with_ppo")
    if compared:
        text = f"{compared['probability']:.2f} [{compared['low']:.2f}, {compared['high']:.2f}]"
        return text, compared["word"], _count(compared.get("seeds_needed"))
    return decimals(row.get("probability_of_improvement_over_ppo")), "", DASH


def _count(number: int | None) -> str:
    return DASH if number is None else f"{number:,}"


def summary_rows(entry: Record, entries: Mapping[str, Entry]) -> list[dict[str, Any]]:
    """Aggregates across environments, one row a drift, the best IQM first."""
    improvement = {found["drift"]: found for found in entry.get("improvement") or ()}
    rows = []
    for found in entry.get("aggregates") or ():
        over = improvement.get(found["drift"])
        probability = over["probability"] if over else None
        rows.append(
            {
                "entry": entries[found["drift"]],
                **{name: interval(found[name]) for name in ("iqm", "mean", "median", "optimality_gap")},
                "rank": -found["iqm"]["value"],
                "probability": interval(probability) if probability else DASH,
                "word": over["word"] if over else "",
                "needed": _count(over.get("seeds_needed") if over else None),
            }
        )
    return sorted(rows, key=lambda row: row["rank"])


def interval(found: Record | None) -> str:
    """ "0.93 [0.90, 0.96]"."""
    if not found or not _is_number(found.get("value")):
        return DASH
    return f"{found['value']:.2f} [{decimals(found.get('low'))}, {decimals(found.get('high'))}]"


def decimals(value: float | None) -> str:
    """Two decimals, a dash for nothing."""
    return f"{value:.2f}" if _is_number(value) else DASH


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and value - value == 0


def _finite(values: Any) -> list[float]:
    return [value for value in values if _is_number(value)]
