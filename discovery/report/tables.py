"""The benchmark in words: tables of scores, statistics across environments, sweeps."""

from collections.abc import Mapping, Sequence
from typing import Any

from discovery.report import notes
from discovery.report.findings import Findings, condition_of
from discovery.report.gallery import condition_name, scale_of
from discovery.report.numbers import (
    decimals,
    improvement,
    interval,
    score_ends,
    score_interval,
    score_text,
    seeds_needed,
)

Record = Mapping[str, Any]
_AGGREGATES = {"iqm": "IQM", "median": "median", "mean": "mean", "optimality_gap": "optimality gap"}


def scores(findings: Findings) -> str:
    """Scores in each condition; what is said of a drift beside ppo is said where the interval lets it."""
    rows = list(findings.rows or ())
    lines = [
        "| condition | drift | verdict | IQM | 95% interval | mean | P(better than ppo) | against ppo | seeds needed "
        "| normalised | failed |",
        "|---" * 11 + "|",
    ]
    for row in rows:
        told = row.get("comparison_with_ppo")
        lines.append(
            f"| {condition_of(row)} | `{row['drift']}` | {verdict(row)} | {score_text(row['iqm'])} "
            f"| {score_ends(row)} | {score_text(row['mean'])} | {improvement(row)} | {told['word'] if told else ''} "
            f"| {seeds_needed(told)} | {decimals(row.get('normalised'))} | {row['failures']} of {len(row['scores'])} |"
        )
    seeds = sorted({len(row["scores"]) for row in rows})
    many = f"{seeds[0]}" if len(seeds) == 1 else f"{seeds[0]} to {seeds[-1]}"
    said = [
        f"Scores are {notes.METRICS[rows[0]['metric']]}; {many} seeds a drift, the same for all; stratified bootstrap"
    ]
    said[0] += " intervals."
    if any(row.get("normalised") is not None for row in rows):
        said.append(f"Normalised scores: {findings.scale}.")
        said.append(notes.of_sweep(findings.normalise, swept=any(row.get("settings") for row in rows)))
    if any(row.get("comparison_with_ppo") for row in rows):
        said += [notes.RULE, notes.NEEDED]
    return "\n".join(lines) + "\n\n" + " ".join(filter(None, said)) + _failures(rows)


def verdict(row: Record) -> str:
    """What the prover says of a row's drift; nothing of a network, or in runs that did not ask."""
    text = row.get("verdict") or ""
    return f"{text}, valid with its gauge" if text == "refuted" and row.get("gauge") else text


def _failures(rows: Sequence[Record]) -> str:
    """Failed runs: how many there were, where, and what they count as."""
    failed = [row for row in rows if row["failures"]]
    if not failed:
        return " No run failed."
    total = sum(row["failures"] for row in failed)
    of = sum(len(row["scores"]) for row in rows)
    lines = [f"\n\n{notes.FAILED} {total} of {of} runs failed:\n"]
    for row in failed:
        seeds = row.get("failed_seeds") or []
        which = f" (seeds {', '.join(map(str, seeds))})" if seeds else ""
        lines.append(f"* {condition_of(row)}, `{row['drift']}`: {row['failures']} of {len(row['scores'])}{which}")
    return "\n".join(lines)


def statistics_heading(summary: Sequence[Record]) -> str:
    """What the statistics of a run are over."""
    envs = {env for entry in summary for env in entry.get("compared", entry["environments"])}
    return f"Statistics in {envs.pop()}" if len(envs) == 1 else "Across environments"


def across(summary: Sequence[Record]) -> str:
    """Aggregates of the normalised scores and the comparison with ppo, for each value of a sweep."""
    parts = [part for entry in summary for part in _entry(entry)]
    if len(summary) > 1:
        parts.append(notes.of_sweep(summary[0]["normalisation"]["kind"], swept=True))
    return "\n\n".join(filter(None, parts))


def _entry(entry: Record) -> list[str]:
    parts = [f"### At {condition_name(entry['settings'])}"] if entry["settings"] else []
    envs, left_out = entry["environments"], [f"* {env}: {why}" for env, why in (entry.get("left_out") or {}).items()]
    compared = entry.get("compared", envs)
    if len(envs) > 1 and entry.get("aggregates"):
        parts.append(
            f"Normalised scores ({scale_of(entry)}) over {len(envs)} environments ({', '.join(envs)}), "
            f"{entry['seeds']} seeds each, metric {entry['metric']}; 95% intervals from {entry['repetitions']:,} "
            f"repetitions of the stratified bootstrap. {notes.MEDIAN}"
        )
        parts.append(_aggregates(entry["aggregates"]))
    elif not envs:
        parts.append("There are no normalised scores: no environment has a scale.")
    elif len(compared) > 1 or left_out:
        parts.append(f"Only {envs[0]} has a scale: there is nothing to average normalised scores over.")
    if entry.get("improvement") and len(compared) > 1:
        parts.append(f"Against {entry['improvement'][0]['over']}, over {notes.listed(list(compared))}:")
        parts.append(_improvement(entry["improvement"]))
    if left_out:
        parts.append("Left out of the normalised scores:\n\n" + "\n".join(left_out))
    return parts


def _aggregates(records: Sequence[Record]) -> str:
    lines = [f"| drift | {' | '.join(_AGGREGATES.values())} |", "|---" * (len(_AGGREGATES) + 1) + "|"]
    lines += [
        f"| `{record['drift']}` | {' | '.join(interval(record[key]) for key in _AGGREGATES)} |"
        for record in sorted(records, key=lambda record: -record["iqm"]["value"])
    ]
    return "\n".join(lines)


def _improvement(records: Sequence[Record]) -> str:
    over = records[0]["over"]
    lines = [f"| drift | P(a run scores above one with {over}) | against {over} | seeds needed |", "|---|---|---|---|"]
    lines += [
        f"| `{record['drift']}` | {interval(record['probability'])} | {record['word']} | {seeds_needed(record)} |"
        for record in sorted(records, key=lambda record: -record["probability"]["value"])
    ]
    return "\n".join(lines) + f"\n\n{notes.RULE} {notes.NEEDED}"


def sweep(findings: Findings) -> str:
    """The swept values side by side, an environment and a drift a line; nothing without a sweep."""
    swept = [row for row in findings.rows or () if row.get("settings")]
    values = sorted({tuple(row["settings"].items()) for row in swept})
    if not values:
        return ""
    lines = [
        f"| environment | drift | {' | '.join(condition_name(dict(value)) for value in values)} |",
        "|---|---" + "|---" * len(values) + "|",
    ]
    for env, drift in dict.fromkeys((row["env"], row["drift"]) for row in swept):
        found = {tuple(row["settings"].items()): row for row in swept if (row["env"], row["drift"]) == (env, drift)}
        cells = (score_interval(found[value]) if value in found else "not run" for value in values)
        lines.append(f"| {env} | `{drift}` | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n\nInterquartile means with their 95% intervals, in returns."
