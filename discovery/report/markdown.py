"""The report of a run as Markdown."""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from discovery.benchmark.statistics import difference_in_standard_errors
from discovery.expression.node import PROGRESS
from discovery.report.findings import Findings
from discovery.report.terminal import error_text, score_text

FEW_SEEDS = 16
_ALT = {
    "metatrain.png": "held-out score of the mean drift, by generation",
    "slopes.png": "maps of the slope of the objective over ratio and advantage, one a drift",
    "pareto.png": "error of the formulas against their complexity",
}
_DERIVATION = "derivation"


def to_markdown(findings: Findings, drawn: Sequence[str]) -> str:
    """The report's text; `drawn` names the figures that lie beside it."""
    return "\n\n".join(part for part in _parts(findings, drawn) if part) + "\n"


def _parts(findings: Findings, drawn: Sequence[str]) -> Iterator[str]:
    about = findings.environments or [str(findings.manifest["config"].get("source", ""))]
    yield f"# {findings.manifest['name']}: {', '.join(about)}"
    yield _summary(findings)
    if missing := _missing(findings):
        yield f"This run is unfinished or partial; it has no {', '.join(missing)}."
    if findings.history:
        yield "## Evolution\n\n" + _evolution(findings) + _figure("metatrain.png", drawn)
    if "slopes.png" in drawn:
        yield (
            "## What the objectives push\n\nThe slope of r A - f(r, A) in r: blue pushes the ratio up, red pushes it "
            "down, white leaves it alone; the black line is where the push changes its sign."
            + _figure("slopes.png", drawn)
        )
    if findings.front:
        yield "## Formulas\n\n" + _front(findings) + _figure("pareto.png", drawn)
    if findings.selection:
        yield "## Choice among the proved formulas\n\n" + _selection(findings)
    if findings.rows:
        yield "## Benchmark\n\n" + _benchmark(findings.rows)
        for name in drawn:
            if name.startswith("curves-"):
                yield f"![learning curves]({name})"
    yield _provenance(findings)


def _summary(findings: Findings) -> str:
    best = findings.best_formula()
    facts = [_facts(findings, best, env) for env in findings.environments] if best else []
    if not (best and any(facts)):
        return ""
    lines = [
        "The proved formula that trains agents best, chosen on seeds apart from those of the benchmark:",
        f"    f(r, A{', progress' if _sees_progress(best) else ''}) = {best}",
    ]
    return "\n\n".join([*lines, *filter(None, facts)])


def _facts(findings: Findings, best: str, env: str) -> str:
    """What the network and the best formula reach in an environment, in a paragraph."""
    row, network, none = (findings.row(name, env) for name in (best, "network", "none"))
    if not (row and network and none):
        return ""
    gap = difference_in_standard_errors(network["scores"], none["scores"])
    seeds = len(none["scores"])
    relation = "above" if gap >= 0 else "below"
    facts = f"On {env} the network scores {abs(gap):.1f} standard errors {relation} no drift on {seeds} held-out seeds."
    reached, kept = network.get("normalised"), row.get("normalised")
    if reached is None or kept is None:
        facts += " There is no normalised score: ppo does not clearly beat no drift here."
    else:
        facts += (
            f" On the normalised score (F - none)/(ppo - none) the network reaches {reached:.2f} and the formula "
            f"{kept:.2f}{f', {100 * kept / reached:.0f}% of it' if reached > 0 else ''}."
        )
    if seeds < FEW_SEEDS:
        facts += f" {seeds} seeds are too few to conclude anything."
    return facts


def _sees_progress(formula: str) -> bool:
    return PROGRESS.name in formula


def _missing(findings: Findings) -> list[str]:
    if "source" in findings.manifest["config"] or "drifts" in findings.manifest["config"]:
        return []
    stages = {"trained drift": findings.history, "formulas": findings.front, "benchmark": findings.rows}
    return [name for name, found in stages.items() if found is None]


def _evolution(findings: Findings) -> str:
    history = [record for record in findings.history or () if record["generation"] > 0]
    steps = sum(record["env_steps"] for record in findings.history or ())
    seconds = sum(record["seconds"] for record in findings.history or ())
    failures = sum(record["nan_count"] for record in history)
    judged = [record["held_out"] for record in findings.history or () if record["held_out"] is not None]
    text = f"{len(history)} generations, {steps:,} environment steps, {seconds:.0f} s; {failures} members diverged."
    if len(judged) > 1:
        scale = ", 0 = no drift and 1 = ppo, mean over environments" if len(findings.environments) > 1 else ""
        best = max(judged, key=lambda score: -math.inf if math.isnan(score) else score)
        text += (
            f" The mean drift's score on held-out seeds{scale} went from {score_text(judged[0])} to {score_text(best)} "
            "(best judged)."
        )
    return text


def _front(findings: Findings) -> str:
    verdicts = {verdict["expression"]: _verdict(verdict) for verdict in findings.verdicts or ()}
    lines = ["| size | NMSE | held out | verdict | formula | ties |", "|---|---|---|---|---|---|"]
    for member in findings.front or ():
        verdict = verdicts.get(member["expression"], "not run")
        lines.append(
            f"| {member['complexity']} | {error_text(member['nmse'])} | {error_text(member['heldout_nmse'])} "
            f"| {verdict} | `{member['expression']}` | {len(member['ties'])} |"
        )
    at_each = any(_sees_progress(member["expression"]) for member in findings.front or ())
    derived = any(_DERIVATION in verdict for verdict in verdicts.values())
    note = (
        f"*Proved* means: {'at each progress in [0, 1], ' if at_each else ''}for all r > 0 and all real A the formula "
        "is real and continuous in them, zero and flat at r = 1, and nowhere negative. "
    )
    if derived:
        note += (
            "*Derivation*: the prover leaves the formula open for progress as a whole, proves it at progress 0, 1/4, "
            "1/2, 3/4 and 1, and in between it rests on the lemmas of its grammar's rules; it has no certificate. "
        )
    note += (
        "Mirror Learning's guarantee also assumes exact maximisation, which a few Adam epochs are not. *Ties* counts "
        "formulas that the held-out rows cannot tell from the one shown."
    )
    ties = [
        f"* `{member['expression']}`: " + ", ".join(f"`{t}`" for t in member["ties"])
        for member in findings.front or ()
        if member["ties"]
    ]
    if ties:
        note += "\n\nThe ties:\n\n" + "\n".join(ties)
    return "\n".join(lines) + "\n\n" + note


def _verdict(record: Mapping[str, Any]) -> str:
    """A verdict, with a mark if it rests on the lemmas of a grammar."""
    derived = any(condition["method"] == _DERIVATION for condition in record["conditions"].values())
    return f"{record['verdict']} ({_DERIVATION})" if derived else record["verdict"]


def _selection(findings: Findings) -> str:
    several = len(findings.environments) > 1
    score = "z-score among these, mean over environments" if several else "mean score"
    lines = [f"| formula | {score}, on the selection seeds |", "|---|---|"]
    lines += [f"| `{item['expression']}` | {item['score']:.4g} |" for item in findings.selection or ()]
    return "\n".join(lines)


def _benchmark(rows: Sequence[Mapping[str, Any]]) -> str:
    lines = [
        "| environment | drift | IQM | 95% interval | mean | P(better than ppo) | normalised | failed |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        better, score = row["probability_of_improvement_over_ppo"], row.get("normalised")
        lines.append(
            f"| {row['env']} | `{row['drift']}` | {row['iqm']:.1f} | {row['iqm_low']:.1f} to {row['iqm_high']:.1f} "
            f"| {row['mean']:.1f} | {'' if better is None else f'{better:.2f}'} "
            f"| {'' if score is None else f'{score:.2f}'} | {row['failures']} of {len(row['scores'])} |"
        )
    metric = {"auc": "the mean of the learning curve", "final": "the mean of the last tenth of the learning curve"}[
        rows[0]["metric"]
    ]
    seeds = len(rows[0]["scores"])
    note = f"Scores are {metric}; {seeds} seeds a drift, the same for all; stratified bootstrap intervals."
    return "\n".join(lines) + "\n\n" + note


def _figure(name: str, drawn: Sequence[str]) -> str:
    return f"\n\n![{_ALT[name]}]({name})" if name in drawn else ""


def _provenance(findings: Findings) -> str:
    manifest = findings.manifest
    versions = ", ".join(f"{name} {version}" for name, version in manifest["versions"].items())
    hashes = "\n".join(
        f"| `{name}` | `{digest}` |" for name, digest in manifest["artifacts"].items() if "report" not in name
    )
    return (
        "## How this came about\n\n"
        f"Made with `{' '.join(manifest['command'])}` on {manifest['created']}, revision {manifest['git']}, "
        f"Python {manifest['python']}, {manifest['device']}; {versions}.\n\n| artifact | sha256 |\n|---|---|\n{hashes}"
    )
