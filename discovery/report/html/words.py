"""What the settings of a run mean, in sentences."""

import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from discovery.report.findings import Findings
from discovery.report.html.catalogue import chosen_formula
from discovery.report.inventory import run_kind
from discovery.report.terminal import counted

Record = Mapping[str, Any]
STRATEGIES = {
    "open": "OpenES",
    "snes": "SNES",
    "sep-cma": "separable CMA-ES",
    "cma": "CMA-ES",
    "pgpe": "PGPE",
}
METRICS = {
    "auc": "the mean of the learning curve (area under the curve)",
    "final": "the mean of the last tenth of the learning curve",
}
SHORT_METRICS = {"auc": "mean of the learning curve", "final": "mean of its last tenth"}
CONDITIONS = {
    "defined": "Defined: a real number, continuous in r and A",
    "zero": "Zero: f(1, A) = 0",
    "flat": "Flat: both one-sided derivatives in r at r = 1 are 0",
    "nonnegative": "Non-negative: f(r, A) ≥ 0",
}
DIAGNOSTICS = {
    "entropy": "entropy of the policy (nats)",
    "approx_kl": "approximate KL, (r − 1) − log r (nats)",
    "active": "share of samples on which the drift acts",
    "drift": "mean drift f",
    "total_drift": "total drift so far",
}
RATIOS = "ratio r: median, and 1% and 99% quantiles (thin)"


def kind(findings: Findings) -> str:
    """What made the run: "bench", "distil", "discover" or "train"."""
    return run_kind(findings.manifest)


def listed(items: Sequence[str]) -> str:
    """ "a, b and c"."""
    items = list(items)
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}" if items else ""


def evolved(findings: Findings) -> str:
    """The meta-training's settings in a paragraph; "" where there are none."""
    config = findings.manifest["config"]
    train = config.get("train")
    if not train or kind(findings) in ("bench", "distil"):
        return ""
    strategy = STRATEGIES.get(train.get("es", "open"), train.get("es"))
    fitness = METRICS.get(train.get("fitness", "auc"), train.get("fitness"))
    runs = counted(train.get("seeds_per_member", 1), "training run")
    pairs = " in antithetic pairs" if train.get("es") in ("open", "pgpe") else ""
    return (
        f"A neural drift of the form “{train.get('variant')}” with {train.get('width')} hidden units was evolved by "
        f"{strategy} for up to {train.get('generations')} generations of {train.get('population')} members{pairs}. "
        f"A member’s fitness is the score of an agent that is trained from scratch with its drift on "
        f"{listed(findings.environments)}, {runs} for each environment; the "
        f"score is {fitness}. Every {train.get('evaluate_every')} generations the mean of the population is judged on "
        f"{train.get('evaluate_seeds')} seeds that the evolution never sees."
    )


def missing(findings: Findings) -> dict[str, tuple[str, str]]:
    """Section -> (what the run lacks, the command that makes it)."""
    made, path = kind(findings), shlex.quote(findings.path)
    resume = f"drift discover --resume {path}"
    train = f"drift train --resume {path}"
    best = chosen_formula(findings)
    envs = ",".join(findings.environments) or "CartPole-v1"
    own = f",{shlex.quote('expr:' + best)}" if best else ""
    bench = f"drift bench{_preset(_command(findings))} --drifts none,ppo,dpo{own} --envs {envs}"
    notes: dict[str, tuple[str, str]] = {}
    if not findings.history and made in ("discover", "train"):
        notes["evolution"] = "The evolution has not been finished.", resume if made == "discover" else train
    if not findings.front:
        done = bool(findings.history)
        command = resume if made == "discover" else f"drift distil {path}" if done else train
        if made == "bench":
            notes["formula"] = (
                "A benchmark seeks no formulas. They are distilled from a drift.", "drift distil --drift DRIFT"
            )  # fmt: skip
        else:
            notes["formula"] = "No formulas have been sought for this drift.", command
    if made == "train":
        bench = f"drift bench --drifts none,ppo,{path} --envs {envs}"
    elif made == "bench":
        bench = shlex.join(_command(findings))
    if not findings.rows:
        notes["benchmark"] = "No agents have been benchmarked.", resume if made == "discover" else bench
    if not findings.diagnostics:
        notes["diagnostics"] = "The run recorded no diagnostics of training.", bench
    if findings.rows and not findings.summary:
        notes["summary"] = "The run has no statistics across environments.", bench
    return notes


def _command(findings: Findings) -> list[str]:
    return list(map(str, findings.manifest.get("command") or ["drift"]))


def _preset(command: Sequence[str]) -> str:
    """The preset's flag of a command line, for another command with the same training loop."""
    place = command.index("--preset") + 1 if "--preset" in command else len(command)
    return f" --preset {shlex.quote(command[place])}" if place < len(command) else ""


def reproduction(findings: Findings) -> list[tuple[str, str]]:
    """(what it does, command line)."""
    path, best = shlex.quote(findings.path), chosen_formula(findings)
    revision = str(findings.manifest.get("git") or "").removesuffix("-dirty")
    lines = [("Use the same revision", f"git checkout {revision}")] if revision else []
    lines.append(("Make the run again", shlex.join(_command(findings))))
    if any(name.startswith("certificates/") for name in findings.manifest["artifacts"]):
        lines.append(("Check every certificate independently", f"drift check {path}/certificates/*.json"))
    if best is not None:
        lines.append(("Prove the formula again, with the argument", f"drift verify {shlex.quote(best)} --explain"))
        envs = ",".join(findings.environments) or "CartPole-v1"
        row = next(iter(findings.rows or ()), None)
        seeds = f" --seeds {len(row['scores'])}" if row else ""
        drifts = f"none,ppo,dpo,{shlex.quote('expr:' + best)}"
        preset = _preset(_command(findings))
        lines.append(("Benchmark the formula", f"drift bench{preset} --drifts {drifts} --envs {envs}{seeds}"))
    lines.append(("Make this report again", f"drift report {path}"))
    return lines


def title(findings: Findings) -> str:
    """A run in one line."""
    about = listed(findings.environments) or str(findings.manifest["config"].get("source") or "")
    if Path(about).name != about and "/" in about:
        about = Path(about).name
    name = str(findings.manifest.get("name", ""))
    return f"{name}: {about}" if about else name
