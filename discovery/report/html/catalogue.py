"""What the page calls each drift: short labels, colours, formulas, verdicts and certificates."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from discovery.drifts.zoo import ZOO
from discovery.expression.canonical import canonical
from discovery.expression.printer import to_text
from discovery.report.explain.reading import read
from discovery.report.findings import Findings
from discovery.report.gallery import looks_of
from discovery.report.style import FIXED, Line
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
    known = {row["drift"]: row["expression"] for row in findings.rows or () if "expression" in row}
    drawn = {**FIXED, **looks_of(findings)}
    entries: dict[str, Entry] = {}
    for name, look in drawn.items():
        text = ZOO[name].text if name in ZOO else name if name in front else _formula(name)
        key = known.get(name) or _canonical(text) or name
        entries[name] = Entry(
            name=name,
            label=look.label,
            text=None if name in known and known[name] is None else text,
            source=ZOO[name].source if name in ZOO else "",
            candidate=front.get(name),
            verdict=verdicts.get(key),
            certificate=certificates.get(key),
            colour=look.colour,
            dash=_dash(look.line),
        )
    return entries


def _canonical(text: str | None) -> str | None:
    """The text under which verdicts stand; None of what cannot be read."""
    expr = None if text is None else read(text)
    try:
        return None if expr is None else to_text(canonical(expr))
    except ValueError:
        return None


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
