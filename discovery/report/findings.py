"""What a run holds, read for reports: every artifact checked against its hash, None for what has not been made."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from discovery.report.inventory import environments_of
from discovery.rl.config import PPOConfig
from discovery.runs import CURVES, DIAGNOSTICS, FRONT, HISTORY, SCORES, SELECTION, SUMMARY, VERDICTS, Run

REFERENCES = ("none", "ppo", "dpo", "network")
"""The drifts of a benchmark that are no formulas of the run's own front."""

SCALES = {"drifts": "none = 0, ppo = 1", "references": "random actions = 0, published return = 1"}
"""What 0 and 1 stand for, of the normalised scores of each kind."""

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
        verdicts: decisions on the front's formulas, or on those that a benchmark compares.
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
        return environments_of(self.manifest)

    @property
    def normalise(self) -> str:
        """The kind of the benchmark's normalised scores: "drifts" or "references"."""
        return str((self.manifest["config"].get("bench") or {}).get("normalise", "drifts"))

    @property
    def scale(self) -> str:
        """What the normalised scores 0 and 1 of the benchmark stand for."""
        return SCALES[self.normalise]

    @property
    def conditions(self) -> list[str]:
        """The labels of the conditions with scores, in the order of the rows."""
        return list(dict.fromkeys(map(condition_of, self.rows or ())))

    @property
    def missing_conditions(self) -> list[str]:
        """The labels of the conditions that were asked for and have no scores: the benchmark was interrupted."""
        return [label for label in self.manifest["config"].get("conditions") or {} if label not in self.conditions]

    def row(self, name: str, env: str) -> Record | None:
        """The benchmark's record of a drift in an environment."""
        return next((row for row in self.rows or () if (row["drift"], row["env"]) == (name, env)), None)

    def rows_in(self, condition: str) -> list[Record]:
        """The benchmark's records of a condition."""
        return [row for row in self.rows or () if condition_of(row) == condition]

    def env_of(self, condition: str) -> str:
        """The environment of a condition."""
        asked = (self.manifest["config"].get("conditions") or {}).get(condition)
        found = asked or next(iter(self.rows_in(condition)), None)
        return found["env"] if found else condition

    def swept_of(self, condition: str) -> dict[str, Any]:
        """The values of the sweep in a condition, {} without one."""
        settings = self.settings_of(condition)
        return {name: settings[name] for name in self.manifest["config"].get("sweep") or {}}

    def settings_of(self, condition: str) -> dict[str, Any]:
        """The settings of the training loop in a condition."""
        config = self.manifest["config"]
        if asked := (config.get("conditions") or {}).get(condition):
            return dict(asked["settings"])
        return {**config.get("ppo", {}), **(config.get("env") or {}).get(condition, {})}

    def curve_steps(self, condition: str) -> NDArray[np.int64]:
        """[updates] environment steps at the end of each update of a condition's learning curves."""
        settings, default = self.settings_of(condition), PPOConfig()
        batch = settings.get("num_envs", default.num_envs) * settings.get("num_steps", default.num_steps)
        updates = next(iter((self.curves or {})[condition].values())).shape[1]
        return batch * np.arange(1, updates + 1)

    def best_formula(self) -> str | None:
        """The benchmarked formula that came first in the selection (not in the benchmark: that would flatter it)."""
        benchmarked = {row["drift"] for row in self.rows or ()} - set(REFERENCES)
        return next((item["expression"] for item in self.selection or () if item["expression"] in benchmarked), None)

    def chosen_formula(self) -> str | None:
        """The formula that the run settled on: the best of its selection, else the one of the distillation."""
        if best := self.best_formula():
            return best
        if self.selection:
            return self.selection[0]["expression"]
        return next((member["expression"] for member in self.front or () if member.get("selected")), None)


def condition_of(row: Record) -> str:
    """The label of the condition that a row was measured in."""
    return row.get("condition") or row["env"]


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
