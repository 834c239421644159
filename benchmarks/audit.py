"""The tables of docs/audit.md, from runs of `drift bench`: `python -m benchmarks.audit RUN...`.

A line a drift: the prover's verdict, the score in each environment, and the comparison with ppo over all of them.
"""

import sys
from collections.abc import Mapping
from typing import Any

import numpy as np

from discovery.benchmark.statistics import compare
from discovery.report.findings import Findings, read_findings
from discovery.report.numbers import interval, score_interval
from discovery.report.tables import verdict
from discovery.runs import Run

REPAIRS = {  # refuted for its sign -> its ReLU
    "clip_without_min": "ppo",
    "dual_clip": "ppo",
    "p3o_scopic": "p3o_scopic_relu",
    "sapo": "sapo_relu",
    "cispo": "cispo_relu",
    "log_surrogate": "log_surrogate_relu",
}


def audit_table(findings: Findings) -> str:
    """The benchmark of a run without a sweep as Markdown, best P(better than ppo) first."""
    rows = {(row["drift"], row["env"]): row for row in findings.rows or ()}
    envs = list(dict.fromkeys(env for _, env in rows))
    (summary,) = findings.summary or [{}]
    aggregates = {record["drift"]: record["iqm"] for record in summary["aggregates"]}
    improvement = {record["drift"]: record for record in summary["improvement"]}
    lines = [
        f"| drift | verdict | {' | '.join(envs)} | normalised IQM | P(better than ppo) | against ppo |",
        "|---" * (len(envs) + 5) + "|",
    ]

    def order(drift: str) -> float:
        return -improvement[drift]["probability"]["value"] if drift in improvement else -0.5

    for drift in sorted(dict.fromkeys(drift for drift, _ in rows), key=order):
        scores = " | ".join(_score(rows[drift, env]) for env in envs)
        against = improvement.get(drift)
        overall, probability = interval(aggregates.get(drift)), interval(against and against["probability"])
        word = against["word"] if against else ""
        lines.append(f"| `{drift}` | {verdict(rows[drift, envs[0]])} | {scores} | {overall} | {probability} | {word} |")
    notes = [f"{env} has no part in the normalised score: {why}." for env, why in summary["left_out"].items()]
    compared = len(improvement)
    notes.append(
        f"P(better than ppo) is over {', '.join(summary['compared'])}, {summary['seeds']} seeds each. {compared} "
        f"drifts are compared with ppo at 95% each: were all equal, about {0.05 * compared:.1f} would get a word."
    )
    return "\n".join(lines) + "\n\n" + "\n".join(notes)


def repair_table(findings: Findings) -> list[str]:
    """Each drift that is negative somewhere beside its ReLU: P(the valid one scores above the refuted one), if any."""
    scores = {(row["drift"], row["env"]): np.array(row["scores"], dtype=float) for row in findings.rows or ()}
    envs = list(dict.fromkeys(env for _, env in scores))
    lines = [f"| valid | refuted | all | {' | '.join(envs)} |", "|---" * (len(envs) + 3) + "|"]
    for refuted, valid in REPAIRS.items():
        if not all((name, env) in scores for name in (refuted, valid) for env in envs):
            continue
        columns = [envs, *([env] for env in envs)]
        cells = []
        for column in columns:
            arms = (np.stack([scores[name, env] for env in column], axis=1) for name in (valid, refuted))
            found = compare(*arms, rng=np.random.default_rng(0))
            cells.append(f"{interval(found.probability._asdict())} {found.word}")
        lines.append(f"| `{valid}` | `{refuted}` | {' | '.join(cells)} |")
    return ["\n".join(lines)] if len(lines) > 2 else []


def _score(row: Mapping[str, Any]) -> str:
    failed = f", {row['failures']} failed" if row["failures"] else ""
    return score_interval(row) + failed


def main() -> None:
    """Print the table of each run that is named."""
    for path in sys.argv[1:]:
        findings = read_findings(Run.open(path))
        print(audit_table(findings), *repair_table(findings), sep="\n\n", end="\n\n")


if __name__ == "__main__":
    main()
