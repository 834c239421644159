"""What the page calls each drift: short labels, colours, formulas, verdicts and certificates."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from discovery.drifts.zoo import ZOO
from discovery.report.explain.reading import read
from discovery.report.findings import Findings
from discovery.report.style import Line, looks
from discovery.runs import Run

Record = Mapping[str, Any]
_PREFIX = "expr:"


@dataclass(frozen=True)
class Entry:
    """A drift on the page.

    Attributes:
        name: as the artifacts have it.
        label: what tables and legends call it.
        text: its formula; None for a network.
        source: the paper, for a drift of the zoo.
        candidate: its place on the front, counted from 1; None off the front.
        verdict: the decision on it.
        certificate: the proof or refutation.
        colour, dash: of its lines.
    """

    name: str
    label: str
    text: str | None = None
    source: str = ""
    candidate: int | None = None
    verdict: Record | None = None
    certificate: Record | None = None
    colour: str = "#000000"
    dash: str = "solid"


def chosen_formula(findings: Findings) -> str | None:
    """The formula that the run settled on: the best of its selection, else the one that the distillation chose."""
    if best := findings.best_formula():
        return best
    if findings.selection:
        return findings.selection[0]["expression"]
    return next((member["expression"] for member in findings.front or () if member.get("selected")), None)


def read_certificates(run: Run) -> dict[str, Record]:
    """The run's certificates by formula.

    Raises:
        RunError: one of them is missing, cut short or altered.
    """
    found = [run.read_json(name) for name in run.artifacts if name.startswith("certificates/")]
    return {certificate["expression"]: certificate for certificate in found}


def catalogue(findings: Findings, certificates: Mapping[str, Record]) -> dict[str, Entry]:
    """Every drift of a run by name: the drifts of the literature, the network, the front, and what was benchmarked."""
    front = {member["expression"]: place for place, member in enumerate(findings.front or (), start=1)}
    verdicts = {verdict["expression"]: verdict for verdict in findings.verdicts or ()}
    asked = findings.manifest["config"].get("drifts") or []
    compared = [*asked, *(row["drift"] for row in findings.rows or ())]
    chosen = [chosen] if (chosen := chosen_formula(findings)) else []
    names = dict.fromkeys(["none", "ppo", "dpo", "network", *chosen, *compared, *front])
    canonical = {row["drift"]: row.get("expression") for row in findings.rows or ()}
    entries: dict[str, Entry] = {}
    others, drawn = len(front), looks(list(names))
    for name in names:
        text = ZOO[name].text if name in ZOO else name if name in front else _formula(name)
        label = name
        if name not in ZOO and text is not None:
            others += name not in front
            label = f"formula {front.get(name, others)}"
        key = canonical.get(name) or text or name
        entries[name] = Entry(
            name=name,
            label=label,
            text=text,
            source=ZOO[name].source if name in ZOO else "",
            candidate=front.get(name),
            verdict=verdicts.get(key),
            certificate=certificates.get(key),
            colour=drawn[name].colour,
            dash=_dash(drawn[name].line),
        )
    return entries


def _dash(line: Line) -> str:
    """matplotlib's line as plotly writes it: "solid", or lengths in pixels."""
    return "solid" if isinstance(line, str) else ",".join(f"{1.8 * length:g}px" for length in line[1])


def _formula(name: str) -> str | None:
    """The formula that a drift's name is or holds; None for a run or the network."""
    if name.startswith(_PREFIX):
        return name.removeprefix(_PREFIX)
    known = read(name)
    return name if known is not None and name != "network" and not _is_word(name) else None


def _is_word(name: str) -> bool:
    """Whether a name is that of a thing and no formula: a path, a run."""
    return name.replace("_", "").replace("-", "").isalpha() and name not in ("r", "A")
