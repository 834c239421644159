"""The report of a run as Markdown."""

import math
import shlex
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from discovery.benchmark.statistics import difference_in_standard_errors, filled
from discovery.expression.node import PROGRESS
from discovery.report.findings import Findings
from discovery.report.gallery import FOLDER, looks_of
from discovery.report.inventory import run_kind
from discovery.report.notes import listed
from discovery.report.numbers import error_text, score_text
from discovery.report.surfaces import Surface, undrawn
from discovery.report.tables import across, scores, statistics_heading, sweep
from discovery.runs import CELLS, MANIFEST

FEW_SEEDS = 16
_DERIVATION = "derivation"


def to_markdown(findings: Findings, captions: Mapping[str, str], surfaces: Sequence[Surface] = ()) -> str:
    """The report's text.

    Args:
        findings: what the run holds.
        captions: of the pictures that lie beside it, by their names.
        surfaces: the drifts whose objectives are shown.
    """
    return "\n\n".join(part for part in _parts(findings, captions, surfaces) if part) + "\n"


def _parts(findings: Findings, captions: Mapping[str, str], surfaces: Sequence[Surface]) -> Iterator[str]:
    about = findings.environments or [str(findings.manifest["config"].get("source", ""))]
    yield f"# {findings.manifest['name']}: {', '.join(about)}"
    yield _summary(findings)
    if missing := _missing(findings):
        yield f"This run is unfinished or partial; it has no {', '.join(missing)}.{_going_on(findings)}"
    yield from _section("Evolution", _evolution(findings) if findings.history else "", captions, "metatrain")
    yield from _section(
        "What the objectives push", undrawn(findings, surfaces) if surfaces else "", captions, "slopes", "slices"
    )
    yield from _section("Formulas", _front(findings) if findings.front else "", captions, "pareto")
    if findings.selection:
        yield "## Choice among the proved formulas\n\n" + _selection(findings)
    families = ("aggregates", "improvement", "profiles", "efficiency")
    yield from _section(statistics_heading(findings.summary or ()), across(findings.summary or ()), captions, *families)
    yield from _section("Benchmark", scores(findings) if findings.rows else "", captions, "curves")
    yield from _section("Sweep", sweep(findings), captions, "sweep")
    yield from _section("Inside training", "", captions, "diagnostics", "ratios")
    yield _key(findings)
    yield _provenance(findings)


def _section(heading: str, text: str, captions: Mapping[str, str], *families: str) -> Iterator[str]:
    """A section with its pictures, each above its caption; nothing if it has neither text nor pictures."""
    shown = [name for family in families for name in captions if name == family or name.startswith(f"{family}-")]
    pictures = [
        f"![{captions[name]}]({FOLDER}/{name}.png)\n\n{captions[name]} ([PDF]({FOLDER}/{name}.pdf))" for name in shown
    ]
    if text or pictures:
        yield "\n\n".join([f"## {heading}", *filter(None, [text]), *pictures])


def _key(findings: Findings) -> str:
    """The formulas behind the short names of the figures; those of the front stand in its table."""
    front = {member["expression"] for member in findings.front or ()}
    named = [(look.label, name) for name, look in looks_of(findings).items() if look.label != name]
    lines = [f"* {label}: `{name}`" for label, name in named if name not in front]
    return "## Names in the figures\n\n" + "\n".join(lines) if lines else ""


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
    whole = filled(
        {found["drift"]: np.array(found["scores"], float) for found in findings.rows or () if found["env"] == env}
    )
    gap = difference_in_standard_errors(whole["network"], whole["none"])
    if math.isnan(gap):
        return f"On {env} every run of every drift failed."
    seeds = len(none["scores"])
    relation = "above" if gap >= 0 else "below"
    facts = f"On {env} the network scores {abs(gap):.1f} standard errors {relation} no drift on {seeds} held-out seeds."
    reached, kept = network.get("normalised"), row.get("normalised")
    if reached is None or kept is None:
        why = "ppo does not clearly beat no drift" if findings.normalise == "drifts" else "no published return is known"
        facts += f" There is no normalised score: {why} here."
    else:
        facts += (
            f" On the normalised score ({findings.scale}) the network reaches {reached:.2f} and the formula "
            f"{kept:.2f}{f', {100 * kept / reached:.0f}% of it' if reached > 0 else ''}."
        )
    if seeds < FEW_SEEDS:
        facts += f" {seeds} seeds are too few to conclude anything."
    return facts


def _sees_progress(formula: str) -> bool:
    return PROGRESS.name in formula


def _missing(findings: Findings) -> list[str]:
    """What the run's command should have made, and has not yet."""
    config = findings.manifest["config"]
    if "source" in config:
        return []
    if "drifts" not in config:
        stages = {"trained drift": findings.history, "formulas": findings.front, "benchmark": findings.rows}
        return [name for name, found in stages.items() if found is None]
    stages = {"scores": findings.rows, "learning curves": findings.curves}
    if "conditions" in config:  # runs of earlier versions have no more than these two
        stages |= {"statistics across environments": findings.summary, "diagnostics": findings.diagnostics}
    missing = [name for name, found in stages.items() if found is None]
    conditions = findings.missing_conditions if findings.rows is not None else []
    return missing + ([f"scores on {'; '.join(conditions)}"] if conditions else [])


def _going_on(findings: Findings) -> str:
    """The command that makes what a run of bench or discover lacks."""
    made = run_kind(findings.manifest)
    if made == "discover" or (made == "bench" and "conditions" in findings.manifest["config"]):
        return f" Go on with `drift {made} --resume {shlex.quote(findings.path)}`."
    return ""


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
    lines = ["| name | size | NMSE | held out | verdict | formula | ties |", "|---" * 7 + "|"]
    named = looks_of(findings)
    for member in findings.front or ():
        verdict = verdicts.get(member["expression"], "not run")
        lines.append(
            f"| {named[member['expression']].label} "
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


def _derived(name: str) -> bool:
    """Reports and their figures, which are made anew from the other artifacts."""
    return "report" in name or name.startswith(f"{FOLDER}/")


def _provenance(findings: Findings) -> str:
    manifest = findings.manifest
    versions = ", ".join(f"{name} {version}" for name, version in manifest["versions"].items())
    made = {name: digest for name, digest in manifest["artifacts"].items() if not _derived(name)}
    cells = [name for name in made if name.startswith(CELLS)]
    hashes = "\n".join(f"| `{name}` | `{digest}` |" for name, digest in made.items() if name not in cells)
    if cells:
        hashes += f"\n| `{CELLS}` | {len(cells)} files, each with its hash in `{MANIFEST}` |"
    resumed = [f"`{shlex.join(later['command'])}` on {later['time']}" for later in manifest.get("resumed") or ()]
    later = f", gone on with by {listed(resumed)}" if resumed else ""
    return (
        "## How this came about\n\n"
        f"Made with `{shlex.join(manifest['command'])}` on {manifest['created']}{later}, revision {manifest['git']}, "
        f"Python {manifest['python']}, {manifest['device']}; {versions}.\n\n| artifact | sha256 |\n|---|---|\n{hashes}"
    )
