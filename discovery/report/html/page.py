"""The report of a run as one self-contained HTML file that opens offline."""

import base64
import gzip
import shlex
from collections.abc import Mapping, Sequence
from functools import lru_cache
from importlib import resources
from typing import Any

import numpy as np

from discovery.report import notes
from discovery.report.findings import Findings
from discovery.report.gallery import scale_of
from discovery.report.html import charts, tables, words
from discovery.report.html.catalogue import Entry, catalogue
from discovery.report.html.maths import definition, latex_of
from discovery.report.html.proofs import proof
from discovery.report.inventory import run_kind
from discovery.report.numbers import decimals, error_text, score_text
from discovery.report.surfaces import Surface, undrawn
from discovery.report.terminal import counted
from discovery.settings import strict_json

Record = Mapping[str, Any]
DERIVED = ("report.md", "report.html")


def to_html(findings: Findings, surfaces: Sequence[Surface], certificates: Mapping[str, Record]) -> str:
    """The page of a run.

    Args:
        findings: what the run holds.
        surfaces: its drifts over the grid.
        certificates: its proofs and refutations by formula.
    """
    entries = catalogue(findings, certificates)
    best, config = findings.chosen_formula(), findings.manifest["config"]
    figures = _figures(findings, entries)
    artifacts = {name: digest for name, digest in findings.manifest["artifacts"].items() if name not in DERIVED}
    return render(
        "report.html.jinja",
        figures={"figures": figures, "surfaces": surface_data([(entries[s.drift], s) for s in surfaces])},
        title=words.title(findings),
        kind=run_kind(findings.manifest),
        findings=findings,
        manifest=findings.manifest,
        entries=entries,
        best=entries[best] if best else None,
        missing=words.missing(findings),
        evolved=words.evolved(findings),
        evolution=_evolution(findings),
        standing=_standing(findings, entries, best),
        candidates=_candidates(findings, entries),
        conditions=_conditions(findings, entries),
        summaries=[(found, tables.summary_rows(found, entries)) for found in findings.summary or ()],
        diagnostics={**words.DIAGNOSTICS, "ratios": words.RATIOS},
        reproduction=words.reproduction(findings),
        artifacts=artifacts,
        surfaces=surfaces,
        compared=list(dict.fromkeys(row["drift"] for row in findings.rows or ())) or config.get("drifts") or [],
        undrawn=undrawn(findings, surfaces),
        settings=words.settings(config),
        note_sweep=notes.of_sweep(findings.normalise, swept=bool(config.get("sweep"))),
    )


def render(template: str, *, figures: Mapping[str, Any], **context: Any) -> str:
    """A page from a template, with its data and plotly.js within it."""
    from jinja2 import Environment, PackageLoader, StrictUndefined
    from markupsafe import Markup

    loader = PackageLoader("discovery.report.html")
    environment = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    environment.lstrip_blocks = True
    environment.globals |= {
        "definition": definition,
        "latex_of": latex_of,
        "proof": proof,
        "said": words.CONDITIONS,
        "error_text": error_text,
        "score_text": score_text,
        "exact": exact,
        "counted": counted,
        "quoted": shlex.quote,
        "headline": headline,
        "notes": notes,
        "scale_of": scale_of,
    }
    folder = resources.files("discovery.report.html") / "templates"
    own = {name: Markup((folder / name).read_text()) for name in ("style.css", "page.js")}
    return environment.get_template(template).render(
        **context,
        figures=figures,
        css=own["style.css"],
        js=own["page.js"],
        data=Markup(embedded(figures)),
        plotly=_plotly(),
    )


def headline(label: str) -> str:
    """A label at the head of a sentence; a formula or the name of a drift stays as it is."""
    return label[0].upper() + label[1:] if label.startswith(("formula ", "run ")) else label


def embedded(data: Any) -> str:
    """JSON that may stand within <script>: no "<" that could end it, NaN as null."""
    text = strict_json(data, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


@lru_cache(maxsize=1)
def _plotly() -> str:
    """plotly.js as its package brings it, packed: the page unpacks it once its text is on the screen."""
    from plotly.offline import get_plotlyjs

    return base64.b64encode(gzip.compress(get_plotlyjs().encode(), 9, mtime=0)).decode()


def surface_data(surfaces: Sequence[tuple[Entry, Surface]]) -> dict[str, Any]:
    """The drifts over every other point of the grid, four figures each, for the page's explorer."""
    found = []
    for entry, surface in surfaces:
        moment = "" if surface.progress is None else f", progress {surface.progress:g}"
        values = {"drift": _grid(surface.drift_values[::2, ::2]), "slope": _grid(surface.slope[::2, ::2])}
        found.append({"label": f"{entry.label}{moment}", "colour": entry.colour, "dash": entry.dash, **values})
    ratios, advantages = (surfaces[0][1].ratios, surfaces[0][1].advantages) if surfaces else ([], [])
    axes = {"log_ratios": np.log(ratios)[::2], "advantages": np.asarray(advantages)[::2]}
    return {"drifts": found, **{name: np.round(axis, 4).tolist() for name, axis in axes.items()}}


def _grid(values: Any) -> list[list[float]]:
    return [[float(f"{value:.4g}") for value in row] for row in np.asarray(values)]


def exact(value: str) -> str:
    """A rational as it is, with about what it is behind it if it is long or a fraction."""
    from fractions import Fraction

    try:
        about = f"{float(Fraction(value)):.6g}"
    except (ValueError, OverflowError, ZeroDivisionError):
        return value
    return value if about == value else f"{value} (about {about})"


def _evolution(findings: Findings) -> dict[str, Any] | None:
    history = findings.history
    if not history:
        return None
    judged = [record for record in history if record["held_out"] is not None]
    finite = [record for record in judged if record["held_out"] - record["held_out"] == 0]
    best = max(finite, key=lambda record: record["held_out"], default=None)
    return {
        "generations": sum(record["generation"] > 0 for record in history),
        "env_steps": f"{sum(record['env_steps'] for record in history):,}",
        "seconds": f"{sum(record['seconds'] for record in history):,.0f}",
        "diverged": sum(record["nan_count"] for record in history if record["generation"] > 0),
        "first": judged[0] if judged else None,
        "best": best,
        "several": len(findings.environments) > 1,
    }


def _standing(findings: Findings, entries: Mapping[str, Entry], best: str | None) -> list[dict[str, Any]]:
    """How network and formula stand on each condition: normalised scores."""
    found = []
    for condition in findings.conditions:
        rows = {row["drift"]: row for row in findings.rows_in(condition)}
        shown = [rows[name] for name in (best, "network") if name in rows]
        scores = [(entries[row["drift"]].label, decimals(row.get("normalised"))) for row in shown]
        if scores:
            first, *others = scores
            found.append({"condition": condition, "first": first, "others": others, "seeds": len(shown[0]["scores"])})
    return found


def _candidates(findings: Findings, entries: Mapping[str, Entry]) -> list[dict[str, Any]]:
    best = findings.chosen_formula()
    scores = {item["expression"]: item["score"] for item in findings.selection or ()}
    return [
        {**member, "entry": entries[member["expression"]], "chosen": member["expression"] == best,
         "score": scores.get(member["expression"])}
        for member in findings.front or ()
    ]  # fmt: skip


def _conditions(findings: Findings, entries: Mapping[str, Entry]) -> list[dict[str, Any]]:
    found = []
    for position, label in enumerate(findings.conditions):
        rows = findings.rows_in(label)
        named = [(row, entries[row["drift"]], entries[row["drift"]].label) for row in rows]
        found.append(
            {
                "label": label,
                "metric": rows[0]["metric"],
                "seeds": len(rows[0]["scores"]),
                "rows": tables.benchmark_rows(named),
                "settings": findings.settings_of(label),
                "figure": f"curves-{position}",
                "speed": rows[0].get("env_steps_per_second"),
                "failures": sum(row.get("failures") or 0 for row in rows),
            }
        )
    return found


def _figures(findings: Findings, entries: Mapping[str, Entry]) -> dict[str, Any]:
    figures: dict[str, Any] = {}
    if findings.history:
        metric = notes.METRIC_AXES.get(findings.manifest["config"].get("train", {}).get("fitness"), "score")
        several = len(findings.environments) > 1
        figures["evolution"] = charts.evolution(findings.history, several=several, metric=metric)
    if findings.front and all(member["nmse"] is not None for member in findings.front):
        figures["pareto"] = charts.pareto(findings.front, entries)
    count = sum(map(len, (findings.curves or {}).values()))
    for position, label in enumerate(findings.conditions):
        curves = (findings.curves or {}).get(label)
        if curves:
            known = {name: runs for name, runs in curves.items() if name in entries}
            steps = findings.curve_steps(label)
            figures[f"curves-{position}"] = charts.learning(known, steps, entries, points=charts.points_for(count))
        for metric, found in _diagnostics(findings, label, entries).items():
            figures[f"diagnostics-{position}-{metric}"] = found
    for position, found in enumerate(findings.summary or ()):
        if (found.get("profiles") or {}).get("drifts"):
            figures[f"profiles-{position}"] = charts.profiles(found["profiles"], entries)
        if (found.get("sample_efficiency") or {}).get("drifts"):
            figures[f"efficiency-{position}"] = charts.efficiency(found["sample_efficiency"], entries)
    return {name: figure for name, figure in figures.items() if figure is not None}


def _diagnostics(findings: Findings, label: str, entries: Mapping[str, Entry]) -> dict[str, Any]:
    by_drift = {name: found for name, found in (findings.diagnostics or {}).get(label, {}).items() if name in entries}
    steps = (findings.diagnostic_steps or {}).get(label)
    if not by_drift or steps is None:
        return {}
    points = charts.points_for((len(words.DIAGNOSTICS) + 3) * sum(map(len, (findings.diagnostics or {}).values())))
    found = {
        metric: charts.diagnostic(
            {name: values[metric] for name, values in by_drift.items() if metric in values},
            steps,
            entries,
            points=points,
        )
        for metric in words.DIAGNOSTICS
    }
    return {**found, "ratios": charts.ratios(by_drift, steps, entries, points=points)}
