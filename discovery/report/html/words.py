"""What a run's page says in sentences: its settings, what it lacks, how to make it again."""

import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from discovery.report import notes, numbers
from discovery.report.figures.diagnostics import FAN_TOLD, METRICS
from discovery.report.findings import Findings
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
CONDITIONS = {
    "defined": "Defined: a real number, continuous in r and A",
    "zero": "Zero: f(1, A) = 0",
    "flat": "Flat: both one-sided derivatives in r at r = 1 are 0",
    "nonnegative": "Non-negative: f(r, A) ≥ 0",
}
DIAGNOSTICS = {name: f"{about} ({unit})" for name, (about, unit) in METRICS.items()}
RATIOS = f"ratio r {FAN_TOLD}: median, and 1% and 99% quantiles (thin)"


def evolved(findings: Findings) -> str:
    """The meta-training's settings in a paragraph; "" where there are none."""
    config = findings.manifest["config"]
    train = config.get("train")
    if not train or run_kind(findings.manifest) in ("bench", "distil"):
        return ""
    strategy = STRATEGIES.get(train.get("es", "open"), train.get("es"))
    fitness = notes.METRICS.get(train.get("fitness", "auc"), train.get("fitness"))
    runs = counted(train.get("seeds_per_member", 1), "training run")
    pairs = " in antithetic pairs" if train.get("es") in ("open", "pgpe") else ""
    return (
        f"A neural drift of the form “{train.get('variant')}” with {train.get('width')} hidden units was evolved by "
        f"{strategy} for up to {train.get('generations')} generations of {train.get('population')} members{pairs}. "
        f"A member’s fitness is the score of an agent that is trained from scratch with its drift on "
        f"{notes.listed(findings.environments)}, {runs} for each environment; the "
        f"score is {fitness}. Every {train.get('evaluate_every')} generations the mean of the population is judged on "
        f"{train.get('evaluate_seeds')} seeds that the evolution never sees."
    )


def missing(findings: Findings) -> dict[str, tuple[str, str]]:
    """Section -> (what the run lacks, the command that makes it)."""
    made, path = run_kind(findings.manifest), shlex.quote(findings.path)
    resume = f"drift discover --resume {path}"
    train = f"drift train --resume {path}"
    best = findings.chosen_formula()
    envs = ",".join(findings.environments) or "CartPole-v1"
    own = f",{shlex.quote('expr:' + best)}" if best else ""
    bench = f"drift bench{_preset(_command(findings))} --drifts none,ppo,dpo{own} --envs {envs}"
    lacks: dict[str, tuple[str, str]] = {}
    if not findings.history and made in ("discover", "train"):
        lacks["evolution"] = "The evolution has not been finished.", resume if made == "discover" else train
    if not findings.front:
        done = bool(findings.history)
        command = resume if made == "discover" else f"drift distil {path}" if done else train
        if made == "bench":
            lacks["formula"] = (
                "A benchmark seeks no formulas. They are distilled from a drift.", "drift distil --drift DRIFT"
            )  # fmt: skip
        else:
            lacks["formula"] = "No formulas have been sought for this drift.", command
    if made == "train":
        bench = f"drift bench --drifts none,ppo,{path} --envs {envs}"
    elif made == "bench":
        resumable = "conditions" in findings.manifest["config"]
        bench = f"drift bench --resume {path}" if resumable else shlex.join(_command(findings))
    if not findings.rows:
        lacks["benchmark"] = "No agents have been benchmarked.", resume if made == "discover" else bench
    elif absent := findings.missing_conditions:
        lacks["conditions"] = f"No scores yet of {notes.listed(absent)}.", resume if made == "discover" else bench
    if not findings.diagnostics:
        lacks["diagnostics"] = "The run recorded no diagnostics of training.", bench
    if findings.rows and not findings.summary:
        lacks["summary"] = "The run has no statistics across environments.", bench
    return lacks


def _command(findings: Findings) -> list[str]:
    return list(map(str, findings.manifest.get("command") or ["drift"]))


def _preset(command: Sequence[str]) -> str:
    """The preset's flag of a command line, for another command with the same training loop."""
    place = command.index("--preset") + 1 if "--preset" in command else len(command)
    return f" --preset {shlex.quote(command[place])}" if place < len(command) else ""


def reproduction(findings: Findings) -> list[tuple[str, str]]:
    """(what it does, command line)."""
    path, best = shlex.quote(findings.path), findings.chosen_formula()
    revision = str(findings.manifest.get("git") or "").removesuffix("-dirty")
    lines = [("Use the same revision", f"git checkout {revision}")] if revision else []
    lines.append(("Make the run again", shlex.join(_command(findings))))
    resumed = findings.manifest.get("resumed") or ()
    lines += [(f"Gone on with on {later['time']} by", shlex.join(map(str, later["command"]))) for later in resumed]
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
    about = notes.listed(findings.environments) or str(findings.manifest["config"].get("source") or "")
    if Path(about).name != about and "/" in about:
        about = Path(about).name
    name = str(findings.manifest.get("name", ""))
    return f"{name}: {about}" if about else name


def settings(config: Record, section: str = "") -> list[tuple[str, list[tuple[str, str]]]]:
    """(section, its (name, value) rows): a run's settings, those of a mapping within another under both names."""
    config = {**config, **(config.get("settings") or {})}  # a condition's stand beside its environment
    plain = [(name, _value(value)) for name, value in config.items() if not isinstance(value, Mapping)]
    found = [(section, plain)] if plain else []
    for name, value in config.items():
        if isinstance(value, Mapping) and name != "settings":
            found += settings(value, f"{section}: {name}" if section else str(name))
    return found


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return ", ".join(map(_value, value)) or numbers.DASH
    return numbers.DASH if value is None else f"{value:,}" if isinstance(value, int) else str(value)
