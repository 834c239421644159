"""What a run holds, read for reports: every artifact checked against its hash, None for what has not been made."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from discovery.runs import CURVES, DIAGNOSTICS, FRONT, HISTORY, SCORES, SELECTION, SUMMARY, VERDICTS, Run

REFERENCES = ("none", "ppo", "dpo", "network")
"""The drifts of a benchmark that are no formulas of the run's own front."""

Record = Mapping[str, Any]
Curves = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Findings:
    """What a run holds.

    Attributes:
        manifest: the run's manifest.
        path: where it lies.
        history: a record a generation of the meta-training.
        front: records of candidates, simplest first.
        verdicts: decisions on the front's formulas.
        selection: the proved formulas by the return they reach, best first.
        rows: the benchmark's records, one for each condition and drift.
        summary: statistics across environments, one entry for each setting of a sweep.
        curves: condition -> drift -> [seeds, updates] episode returns.
        diagnostics: condition -> drift -> metric -> [seeds, points].
        diagnostic_steps: condition -> [points] environment steps.
    """

    manifest: Record
    path: str
    history: Sequence[Record] | None = None
    front: Sequence[Record] | None = None
    verdicts: Sequence[Record] | None = None
    selection: Sequence[Record] | None = None
    rows: Sequence[Record] | None = None
    summary: Sequence[Record] | None = None
    curves: Curves | None = None
    diagnostics: Mapping[str, Curves] | None = None
    diagnostic_steps: Mapping[str, Any] | None = None

    @property
    def environments(self) -> list[str]:
        """The names of the run's environments; of a run without any, none."""
        config = self.manifest["config"]
        names = config.get("envs") or config.get("task") or []
        return [names] if isinstance(names, str) else list(names)

    def row(self, name: str, env: str) -> Record | None:
        """The benchmark's record of a drift in an environment."""
        return next((row for row in self.rows or () if (row["drift"], row["env"]) == (name, env)), None)

    def best_formula(self) -> str | None:
        """The benchmarked formula that came first in the selection (not in the benchmark: that would flatter it)."""
        benchmarked = {row["drift"] for row in self.rows or ()} - set(REFERENCES)
        return next((item["expression"] for item in self.selection or () if item["expression"] in benchmarked), None)


def read_findings(run: Run) -> Findings:
    """All of a run that reports show.

    Raises:
        RunError: an artifact is missing, cut short or altered.
    """
    diagnostics, steps = _diagnostics(run.read_arrays(DIAGNOSTICS)) if DIAGNOSTICS in run else (None, None)
    return Findings(
        manifest=run.manifest,
        path=str(run.path),
        history=_json(run, HISTORY),
        front=_json(run, FRONT),
        verdicts=_json(run, VERDICTS),
        selection=_json(run, SELECTION),
        rows=_json(run, SCORES),
        summary=_json(run, SUMMARY),
        curves=_curves(run.read_arrays(CURVES)) if CURVES in run else None,
        diagnostics=diagnostics,
        diagnostic_steps=steps,
    )


def _json(run: Run, name: str) -> Any:
    return run.read_json(name) if name in run else None


def _curves(arrays: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The curves under "CONDITION/DRIFT", where a formula may hold a slash and a condition none."""
    found: dict[str, dict[str, Any]] = {}
    for key, runs in arrays.items():
        condition, _, drift = key.partition("/")
        found.setdefault(condition, {})[drift] = runs
    return found


def _diagnostics(arrays: Mapping[str, Any]) -> tuple[dict[str, dict[str, dict[str, Any]]], dict[str, Any]]:
    """The diagnostics under "CONDITION/DRIFT/METRIC" and the environment steps under "CONDITION/steps"."""
    found: dict[str, dict[str, dict[str, Any]]] = {}
    steps = {}
    for key, values in arrays.items():
        condition, _, rest = key.partition("/")
        drift, slash, metric = rest.rpartition("/")
        if slash:
            found.setdefault(condition, {}).setdefault(drift, {})[metric] = values
        else:
            steps[condition] = values
    return found, steps
