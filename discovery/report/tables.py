"""The benchmark in words: tables of scores, statistics across environments, sweeps."""

from collections.abc import Mapping, Sequence
from typing import Any

from discovery.report.gallery import condition_name, scale_of

Record = Mapping[str, Any]
_METRICS = {"auc": "the mean of the learning curve", "final": "the mean of the last tenth of the learning curve"}
_RULE = (
    "'Better' and 'worse' are said only where the 95% interval of the probability that a run scores above one with ppo "
    "lies wholly above or below 1/2"
)
_NEEDED = "*Seeds needed* estimates how many a drift the difference seen would take to be told apart."


def scores(rows: Sequence[Record]) -> str:
    """Scores in each condition; what is said of a drift beside ppo is said where the interval lets it."""
    lines = [
        "| condition | drift | IQM | 95% interval | mean | P(better than ppo) | against ppo | normalised | diverged |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        told = row.get("comparison_with_ppo")
        lines.append(
            f"| {row.get('condition', row['env'])} | `{row['drift']}` | {_number(row['iqm'])} "
            f"| {_number(row['iqm_low'])} to {_number(row['iqm_high'])} | {_number(row['mean'])} "
            f"| {_probability(row)} | {_word(told) if told else ''} | {_share(row.get('normalised'))} "
            f"| {row['failures']} of {len(row['scores'])} |"
        )
    seeds = sorted({len(row["scores"]) for row in rows})
    many = f"{seeds[0]}" if len(seeds) == 1 else f"{seeds[0]} to {seeds[-1]}"
    note = f"Scores are {_METRICS[rows[0]['metric']]}; {many} seeds a drift, the same for all; "
    note += "stratified bootstrap intervals."
    if any(row.get("comparison_with_ppo") for row in rows):
        note += f" {_RULE}. {_NEEDED}"
    return "\n".join(lines) + "\n\n" + note + _failures(rows)


def _failures(rows: Sequence[Record]) -> str:
    """Diverged runs: how many there were, where, and what they count as."""
    failed = [row for row in rows if row["failures"]]
    if not failed:
        return " No run diverged."
    total = sum(row["failures"] for row in failed)
    of = sum(len(row["scores"]) for row in rows)
    lines = [f"\n\n{total} of {of} runs diverged; each counts as the worst score of its matrix, none is left out:\n"]
    for row in failed:
        seeds = row.get("failed_seeds") or []
        which = f" (seeds {', '.join(map(str, seeds))})" if seeds else ""
        lines.append(
            f"* {row.get('condition', row['env'])}, `{row['drift']}`: {row['failures']} of {len(row['scores'])}{which}"
        )
    return "\n".join(lines)


def across(summary: Sequence[Record]) -> str:
    """Aggregates of the normalised scores and the comparison with ppo, for each value of a sweep."""
    return "\n\n".join(part for entry in summary for part in _entry(entry))


def _entry(entry: Record) -> list[str]:
    parts = [f"### At {condition_name(entry['settings'])}"] if entry["settings"] else []
    left_out = [f"* {env}: {why}" for env, why in (entry.get("left_out") or {}).items()]
    if entry.get("aggregates"):
        envs = entry["environments"]
        parts.append(
            f"Normalised scores ({scale_of(entry)}) over {len(envs)} environment{'' if len(envs) == 1 else 's'} "
            f"({', '.join(envs)}), {entry['seeds']} seeds each, metric {entry['metric']}; 95% intervals from "
            f"{entry['repetitions']:,} repetitions of the stratified bootstrap."
        )
        parts.append(_aggregates(entry["aggregates"]))
    else:
        parts.append("There are no statistics across environments: no environment has a scale.")
    if entry.get("improvement"):
        parts.append(_improvement(entry["improvement"]))
    if left_out:
        parts.append("Left out of these statistics:\n\n" + "\n".join(left_out))
    return parts


def _aggregates(records: Sequence[Record]) -> str:
    keys = {"iqm": "IQM", "median": "median", "mean": "mean", "optimality_gap": "optimality gap"}
    lines = [f"| drift | {' | '.join(keys.values())} |", "|---" * (len(keys) + 1) + "|"]
    lines += [
        f"| `{record['drift']}` | {' | '.join(_interval(record[key]) for key in keys)} |"
        for record in sorted(records, key=lambda record: -record["iqm"]["value"])
    ]
    return "\n".join(lines)


def _improvement(records: Sequence[Record]) -> str:
    over = records[0]["over"]
    lines = [f"| drift | P(a run scores above one with {over}) | against {over} | seeds needed |", "|---|---|---|---|"]
    for record in sorted(records, key=lambda record: -record["probability"]["value"]):
        needed = record.get("seeds_needed")
        lines.append(
            f"| `{record['drift']}` | {_interval(record['probability'])} | {record['word']} "
            f"| {'' if needed is None else f'{needed:,}'} |"
        )
    return "\n".join(lines) + f"\n\n{_RULE}. {_NEEDED}"


def sweep(rows: Sequence[Record]) -> str:
    """The swept values side by side, an environment and a drift a line; nothing without a sweep."""
    swept = [row for row in rows if row.get("settings")]
    values = sorted({tuple(row["settings"].items()) for row in swept})
    if not values:
        return ""
    lines = [
        f"| environment | drift | {' | '.join(condition_name(dict(value)) for value in values)} |",
        "|---|---" + "|---" * len(values) + "|",
    ]
    for env, drift in dict.fromkeys((row["env"], row["drift"]) for row in swept):
        found = {tuple(row["settings"].items()): row for row in swept if (row["env"], row["drift"]) == (env, drift)}
        lines.append(f"| {env} | `{drift}` | {' | '.join(_cell(found.get(value)) for value in values)} |")
    return "\n".join(lines) + "\n\nInterquartile means with their 95% intervals."


def _cell(row: Record | None) -> str:
    return f"{_number(row['iqm'])} ({_number(row['iqm_low'])} to {_number(row['iqm_high'])})" if row else "not run"


def _probability(row: Record) -> str:
    told, better = row.get("comparison_with_ppo"), row["probability_of_improvement_over_ppo"]
    if told:
        return f"{told['probability']:.2f} ({told['low']:.2f} to {told['high']:.2f})"
    return "" if better is None else f"{better:.2f}"


def _word(told: Record) -> str:
    needed = told.get("seeds_needed")
    return told["word"] + (f" ({needed:,} seeds needed)" if needed is not None else "")


def _interval(record: Record) -> str:
    if record["value"] is None:
        return ""
    if record["low"] is None or record["high"] is None:
        return f"{record['value']:.2f}"
    return f"{record['value']:.2f} ({record['low']:.2f} to {record['high']:.2f})"


def _share(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.1f}"
