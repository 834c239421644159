"""Several runs side by side on one page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import cycle
from typing import Any

from discovery.report.findings import SCALES, Findings, condition_of
from discovery.report.html import tables, words
from discovery.report.html.catalogue import Entry, catalogue
from discovery.report.html.page import render, surface_data
from discovery.report.numbers import decimals
from discovery.report.style import COLOURS
from discovery.report.surfaces import Surface

Record = Mapping[str, Any]
_SHARED = ("none", "ppo", "dpo")


@dataclass(frozen=True)
class Compared:
    """A run with its drifts over the grid and its certificates by formula."""

    findings: Findings
    surfaces: Sequence[Surface]
    certificates: Mapping[str, Record]


@dataclass(frozen=True)
class Column:
    """A run on the page: what it is called there, what it found, and what it calls its drifts."""

    label: str
    findings: Findings
    entries: Mapping[str, Entry]
    best: Entry | None
    standing: Sequence[tuple[str, str, str]]


def compare_html(runs: Sequence[Compared]) -> str:
    """The page of a comparison."""
    columns = [_column(f"run {place}", run) for place, run in enumerate(runs, start=1)]
    surfaces = _surfaces(columns, runs)
    return render(
        "compare.html.jinja",
        figures={"figures": {}, "surfaces": surface_data(surfaces)},
        title=f"Comparison of {len(runs)} runs",
        columns=columns,
        conditions=_conditions(columns),
        titles=[words.title(column.findings) for column in columns],
    )


def _column(label: str, run: Compared) -> Column:
    entries, best = catalogue(run.findings, run.certificates), str(run.findings.chosen_formula())
    standing = [
        (condition_of(row), entries[row["drift"]].label, decimals(row.get("normalised")))
        for row in run.findings.rows or ()
        if row["drift"] in ("network", best) or row["drift"] not in _SHARED
    ]
    return Column(label, run.findings, entries, entries.get(best), standing)


def _surfaces(columns: Sequence[Column], runs: Sequence[Compared]) -> list[tuple[Entry, Surface]]:
    """ppo and dpo once, then what is each run's own, in one colour a run."""
    found: dict[str, tuple[Entry, Surface]] = {}
    for place, (column, run) in enumerate(zip(columns, runs, strict=True)):
        dashes = cycle(("solid", "dash", "dot", "dashdot"))
        for surface in sorted(run.surfaces, key=lambda found: found.drift == "network"):
            entry = column.entries[surface.drift]
            if surface.drift in _SHARED:
                found.setdefault(surface.drift, (entry, surface))
                continue
            label = f"{column.label}: {entry.label}"
            own = replace(entry, label=label, colour=_colour(place), dash=next(dashes))
            found[f"{own.label} {surface.progress}"] = own, surface
    return list(found.values())


def _colour(place: int) -> str:
    own = [colour for colour in COLOURS if colour not in ("#0072B2", "#009E73")]  # of ppo and dpo
    return own[place % len(own)]


def _conditions(columns: Sequence[Column]) -> list[dict[str, Any]]:
    """One table for each environment and `terms`: rows of runs that agree in all of them stand together."""
    groups: list[dict[str, Any]] = []
    for column in columns:
        for label in column.findings.conditions:
            key = column.findings.env_of(label), terms(column.findings, label)
            group = next((group for group in groups if group["key"] == key), None)
            if group is None:
                groups.append(group := {"key": key, "label": label, "terms": key[1], "rows": [], "columns": []})
            group["columns"].append(column.label)
            for row in column.findings.rows_in(label):
                entry = column.entries[row["drift"]]
                group["rows"].append((row, entry, f"{entry.label} ({column.label})"))
    found = []
    for group in sorted(groups, key=lambda group: group["label"]):
        others = [other for other in groups if other is not group and other["key"][0] == group["key"][0]]
        seeds = sorted({len(row["scores"]) for row, _, _ in group["rows"]})
        found.append(
            {**group, "rows": tables.benchmark_rows(group["rows"]), "seeds": seeds,
             "apart": [(", ".join(other["columns"]), difference(group["terms"], other["terms"])) for other in others]}
        )  # fmt: skip
    return found


def terms(findings: Findings, condition: str) -> dict[str, Any]:
    """What rows of one environment must share to stand in one table: metric, scale, first seed, inner loop."""
    config = findings.manifest["config"]
    return {
        "metric": findings.rows_in(condition)[0]["metric"],
        "normalised scores": SCALES[findings.normalise],
        "base seed": (config.get("train") or {}).get("seed"),
        **findings.settings_of(condition),
    }


def difference(one: Mapping[str, Any], other: Mapping[str, Any]) -> str:
    """In which terms two groups of rows in one environment differ."""
    pairs = [(name, one.get(name), other.get(name)) for name in dict.fromkeys([*one, *other])]
    return "; ".join(f"{name} {a} and {b}" for name, a, b in pairs if a != b)
