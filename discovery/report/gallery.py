"""All figures that a run has data for."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from discovery.report import style
from discovery.report.figures import curves, diagnostics, evolution, front, intervals, objective, profiles, sweep
from discovery.report.figures.series import crowded
from discovery.report.findings import SCALES, Findings
from discovery.report.notes import MEDIAN
from discovery.report.style import Look, looks
from discovery.report.surfaces import Surface

FOLDER = "figures"
Looks = Mapping[str, Look]
Record = Mapping[str, Any]


@dataclass(frozen=True, eq=False)
class Picture:
    """A figure of a report.

    Attributes:
        name: the stem of its files; begins with the family: metatrain, pareto, slopes, slices, curves, aggregates,
            improvement, profiles, efficiency, diagnostics, ratios, sweep.
        figure: a matplotlib Figure.
        caption: what it shows, for readers and as alternative text.
    """

    name: str
    figure: Any
    caption: str


def save(picture: Picture) -> dict[str, bytes]:
    """The files of a picture by their paths in the run directory: PNG at 160 dpi, and vector PDF."""
    return {f"{FOLDER}/{picture.name}.{form}": style.save(picture.figure, form) for form in ("png", "pdf")}


def gallery(findings: Findings, surfaces: Sequence[Surface] = ()) -> Iterator[Picture]:
    """The pictures of a run, in the order of its report; of an unfinished run those that there is data for.

    Args:
        findings: what the run holds.
        surfaces: the drifts whose objectives are shown, evaluated on a grid.
    """
    drawn = looks_of(findings, surfaces)
    yield from _stages(findings)
    yield from _objectives(surfaces, drawn)
    yield from _summaries(findings, drawn)
    yield from _curves(findings, drawn)
    yield from _sweeps(findings, drawn)
    yield from _diagnostics(findings, drawn)


def looks_of(findings: Findings, surfaces: Sequence[Surface] = ()) -> dict[str, Look]:
    """One look for each drift of a run, the same in all of its figures, tables and pages."""
    front = [member["expression"] for member in findings.front or ()]
    names = [row["drift"] for row in findings.rows or ()]
    names += [
        name for found in (findings.curves or {}, findings.diagnostics or {}) for of in found.values() for name in of
    ]
    if not names:
        names += findings.manifest["config"].get("drifts") or []
    names += filter(None, [findings.chosen_formula(), *front, *(surface.drift for surface in surfaces)])
    return looks(list(dict.fromkeys(names)), front)


def condition_name(settings: Record) -> str:
    """ "learning rate 0.001" of the values of a sweep; nothing without one."""
    return ", ".join(f"{key.replace('_', ' ')} {value:g}" for key, value in settings.items())


def scale_of(summary: Record) -> str:
    """What the normalised scores 0 and 1 of a summary stand for."""
    return SCALES[summary["normalisation"]["kind"]]


def _stages(findings: Findings) -> Iterator[Picture]:
    if findings.history:
        references = {}
        if len(findings.environments) == 1:  # the scores of several are normalised, those of the benchmark are not
            references = {row["drift"]: row["mean"] for row in findings.rows or () if row["drift"] in ("none", "ppo")}
        yield Picture(
            "metatrain",
            evolution.meta_training(findings.history, references),
            "Meta-training: the held-out score of the mean drift by generation, beside ppo and no drift.",
        )
    if findings.front and all(member["nmse"] is not None for member in findings.front):
        verdicts = {verdict["expression"]: verdict["verdict"] for verdict in findings.verdicts or ()}
        yield Picture(
            "pareto",
            front.pareto(findings.front, verdicts),
            "The formulas found: error against complexity, fitted and held out; marks tell the verdict.",
        )


def _objectives(surfaces: Sequence[Surface], drawn: Looks) -> Iterator[Picture]:
    if not surfaces:
        return
    yield Picture(
        "slopes",
        objective.slope_maps(surfaces, drawn),
        "The slope of the objective r A - f(r, A) in r, a map for each drift: blue pushes the ratio up, red down, "
        "white leaves it alone; on the black line the push changes its sign.",
    )
    for what, told in (("drift", "The drift f(r, A)"), ("slope", "The slope of the objective r A - f(r, A)")):
        yield Picture(
            f"slices-{what}",
            objective.slices(surfaces, drawn, what=what),
            f"{told} over the ratio r at advantages of -2, -1, 1 and 2; lines that coincide are drawn on each other.",
        )


def _summaries(findings: Findings, drawn: Looks) -> Iterator[Picture]:
    for summary in findings.summary or ():
        suffix, scale = _suffix(summary["settings"]), scale_of(summary)
        over = _over(summary["environments"]) + _with(summary["settings"])
        if summary.get("aggregates"):
            yield Picture(
                f"aggregates{suffix}",
                intervals.aggregates(summary["aggregates"], drawn, scale=scale),
                f"Aggregates of the normalised scores {over}, with stratified bootstrap 95% intervals. {MEDIAN}",
            )
        if summary.get("improvement"):
            compared = summary["improvement"][0]["over"]
            told_over = _over(summary.get("compared", summary["environments"])) + _with(summary["settings"])
            yield Picture(
                f"improvement{suffix}",
                intervals.improvement(summary["improvement"], drawn, over=compared),
                f"The probability that a run scores above one with {compared}, {told_over}; 'better' and 'worse' where "
                "the 95% interval lies wholly above or below 1/2.",
            )
        if (summary.get("profiles") or {}).get("drifts"):
            yield Picture(
                f"profiles{suffix}",
                profiles.profiles(summary["profiles"], drawn, scale=scale),
                f"Performance profiles: the share of runs {over} whose normalised score is above tau.",
            )
        if (summary.get("sample_efficiency") or {}).get("drifts"):
            yield Picture(
                f"efficiency{suffix}",
                profiles.sample_efficiency(summary["sample_efficiency"], drawn, scale=scale),
                f"Sample efficiency: the interquartile mean of normalised scores {over} at shares of the training.",
            )


def _curves(findings: Findings, drawn: Looks) -> Iterator[Picture]:
    found = findings.curves or {}
    by_settings: dict[tuple[tuple[str, Any], ...], list[str]] = {}
    for condition in found:
        by_settings.setdefault(tuple(findings.swept_of(condition).items()), []).append(condition)
    for settings, conditions in by_settings.items():
        told = "Learning curves" + _with(dict(settings))
        few = not any(crowded(list(found[condition])) for condition in conditions)
        if len(conditions) > 1 and few:
            together = {findings.env_of(condition): found[condition] for condition in conditions}
            steps = {findings.env_of(condition): findings.curve_steps(condition) for condition in conditions}
            yield Picture(
                f"curves{_suffix(dict(settings))}",
                curves.learning_curves_by_environment(together, steps, drawn, rng=np.random.default_rng(0)),
                f"{told}: mean episode return over seeds with 95% intervals, in {', '.join(together)}.",
            )
            continue
        for condition in conditions:
            env = findings.env_of(condition)
            picture = curves.learning_curves(
                found[condition], findings.curve_steps(condition), drawn, heading=env, rng=np.random.default_rng(0)
            )
            told_of = f"{told} in {env}: mean episode return over seeds with 95% intervals."
            yield Picture(f"curves-{slug(condition)}", picture, told_of)


def _sweeps(findings: Findings, drawn: Looks) -> Iterator[Picture]:
    rows = [row for row in findings.rows or () if row.get("settings")]
    for setting in dict.fromkeys(key for row in rows for key in row["settings"]):
        fixed: dict[tuple[tuple[str, Any], ...], list[Record]] = {}
        for row in rows:
            others = tuple((key, value) for key, value in row["settings"].items() if key != setting)
            fixed.setdefault(others, []).append(row)
        for others, group in fixed.items():
            many = crowded(list(dict.fromkeys(row["drift"] for row in group)))
            parts = list(dict.fromkeys(row["env"] for row in group)) if many else [None]
            for part in parts:
                shown = [row for row in group if part is None or row["env"] == part]
                suffix = _suffix(dict(others)) + (f"-{slug(part)}" if part else "")
                yield Picture(
                    f"sweep-{setting}{suffix}",
                    sweep.sensitivity(shown, drawn, setting=setting),
                    f"Scores against the {setting.replace('_', ' ')}{_with(dict(others))}"
                    f"{f' in {part}' if part else ''}: interquartile mean over seeds with 95% intervals.",
                )


def _diagnostics(findings: Findings, drawn: Looks) -> Iterator[Picture]:
    for condition, found in (findings.diagnostics or {}).items():
        steps = (findings.diagnostic_steps or {}).get(condition)
        if steps is None:
            continue
        rng = np.random.default_rng(0)
        if any(set(diagnostics.METRICS) & set(metrics) for metrics in found.values()):
            yield Picture(
                f"diagnostics-{slug(condition)}",
                diagnostics.diagnostics(found, steps, drawn, heading=condition, rng=rng),
                f"Diagnostics of training in {condition}: entropy, approximate KL, shares of samples where the drift "
                "is active and where it holds back, drift and its running total, means over the seeds still running"
                f"{', each drift a row of colours' if len(found) > diagnostics.FEW else ''}.",
            )
        if any(set(diagnostics.FAN) <= set(metrics) for metrics in found.values()):
            yield Picture(
                f"ratios-{slug(condition)}",
                diagnostics.ratio_fans(found, steps, drawn, heading=condition),
                f"Quantiles of the probability ratio in {condition} {diagnostics.FAN_TOLD}, a panel for each drift.",
            )


def slug(text: str) -> str:
    """A text as a part of a file's name."""
    return re.sub(r"[^\w.+-]+", "-", text).strip("-")


def _suffix(settings: Record) -> str:
    return "".join(f"-{key}-{value:g}" for key, value in settings.items())


def _with(settings: Record) -> str:
    return f" at {condition_name(settings)}" if settings else ""


def _over(envs: Sequence[str]) -> str:
    return f"in {envs[0]}" if len(envs) == 1 else f"over {len(envs)} environments"
