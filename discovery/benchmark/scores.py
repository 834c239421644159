"""Score matrices: many drifts in one condition, seed by seed."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from discovery.benchmark.conditions import Condition
from discovery.benchmark.statistics.rows import condition_rows
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
        env_steps_per_second: of one training job, without compilation; others may have run beside it.
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

    def rows(self, *, rng: np.random.Generator, normalise: str = "drifts") -> list[dict[str, Any]]:
        """One record a drift, as `bench --json` prints it, with the statistics of `condition_rows`."""
        scores = {name: self.scores(name) for name in self.curves}
        statistics = condition_rows(self.condition.env, scores, rng=rng, normalise=normalise)
        return [
            {
                "drift": name,
                "env": self.condition.env,
                "condition": self.label,
                "settings": self.condition.swept,
                "metric": self.metric,
                **found,
                "env_steps_per_second": self.env_steps_per_second,
            }
            for name, found in statistics.items()
        ]
