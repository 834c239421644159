"""Score matrices: many drifts in one condition, seed by seed."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from discovery.benchmark.conditions import Condition
from discovery.benchmark.statistics import iqm_interval, normalised, probability_of_improvement
from discovery.rl.score import score

Array = NDArray[np.float64]


@dataclass(frozen=True)
class ScoreMatrix:
    """Learning curves of several drifts in one condition; all drifts were trained from the same keys.

    Attributes:
        label: the condition's.
        condition: environment and settings.
        metric: "auc" or "final", see `discovery.rl.score`.
        curves: for each drift [seeds, updates] episode returns; NaN where training diverged.
        diagnostics: for each drift, metric -> [seeds, points].
        env_steps_per_second: over the trainings themselves, without compilation and waiting.
    """

    label: str
    condition: Condition
    metric: str
    curves: dict[str, Array]
    diagnostics: dict[str, dict[str, Array]]
    env_steps_per_second: float

    def scores(self, name: str) -> Array:
        """[seeds], NaN for a run that diverged."""
        return score(self.curves[name], self.metric)

    def rows(self, *, rng: np.random.Generator) -> list[dict[str, Any]]:
        """One record a drift, as `bench --json` prints it.

        A diverged run counts as a failure and as the worst score seen in the matrix; it is never left out.
        """
        scores = {name: self.scores(name) for name in self.curves}
        every = np.concatenate(list(scores.values()))
        worst = float(np.nanmin(every)) if np.isfinite(every).any() else float("nan")
        filled = {name: np.nan_to_num(values, nan=worst) for name, values in scores.items()}
        return [
            {
                "drift": name,
                "env": self.condition.env,
                "condition": self.label,
                "settings": self.condition.swept,
                "metric": self.metric,
                "scores": values.tolist(),
                "failures": int(np.isnan(values).sum()),
                "failed_seeds": np.flatnonzero(np.isnan(values)).tolist(),
                "env_steps_per_second": self.env_steps_per_second,
                **_statistics(name, scores, filled, rng=rng),
            }
            for name, values in scores.items()
        ]


def _statistics(
    name: str, scores: dict[str, Array], filled: dict[str, Array], *, rng: np.random.Generator
) -> dict[str, Any]:
    """What a row says of one drift's scores [seeds] beside those of the others; `filled` has no NaN."""
    interval = iqm_interval(filled[name], rng=rng)
    found: dict[str, Any] = {
        "mean": float(filled[name].mean()),
        "median": float(np.median(filled[name])),
        "iqm": interval.value,
        "iqm_low": interval.low,
        "iqm_high": interval.high,
        "probability_of_improvement_over_ppo": None,
    }
    if "ppo" in scores:
        found["probability_of_improvement_over_ppo"] = probability_of_improvement(scores[name], scores["ppo"])
    if {"none", "ppo"} <= set(scores):
        found["normalised"] = normalised(filled[name], filled["none"], filled["ppo"])
    return found
