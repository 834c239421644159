"""What one generation of meta-training did."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from discovery.metatrain.fitness import held_out_score

_LEVELS = (0.0, 0.25, 0.5, 0.75, 1.0)
_NAMES = ("fitness_min", "fitness_low", "fitness_median", "fitness_high", "fitness_max")


@dataclass(frozen=True)
class HeldOut:
    """The judgement of the mean parameters on seeds that training never sees.

    Attributes:
        scores: `[seeds, environments]`, NaN for runs that diverged.
        means: `[environments]`, their means, a diverged run counted as the worst that was seen.
        references: `[2, environments]`, mean scores of no drift and of PPO's clip on the same seeds.
        score: one number for it, see `discovery.metatrain.fitness.held_out_score`.
    """

    scores: NDArray
    means: NDArray
    references: NDArray
    score: float


@dataclass(frozen=True)
class GenerationReport:
    """What one generation did.

    Attributes:
        generation: its number, from 1; 0 is the judgement of the starting parameters, before any training.
        environments: their names.
        scores: `[members, environments]`, each the mean over a member's training runs; NaN where one diverged. No
            members in generation 0.
        fitness: `[members]`, what they were ranked by: with one environment the scores, with several the mean of their
            centred ranks in each.
        held_out: the judgement of the mean parameters, or None where there was none.
        sigma: mean standard deviation of the search distribution, after the generation.
        seconds: wall time, the judgement included.
        env_steps: environment steps taken, the judgement's included.
        chunk: members that a device trains at a time.
        state: from here meta-training can resume.
    """

    generation: int
    environments: tuple[str, ...]
    scores: NDArray
    fitness: NDArray
    held_out: HeldOut | None
    sigma: float
    seconds: float
    env_steps: int
    chunk: int
    state: Any

    @property
    def nan_count(self) -> int:
        """Members whose training diverged in some environment; they ranked last."""
        return int(np.isnan(self.scores).any(axis=1).sum())

    def to_json(self) -> dict[str, Any]:
        """The record of the history: fitness quantiles over the members that did not diverge, held-out scores, speed.

        `by_env` has the median score and the held-out scores of each environment in its own units.
        """
        held = self.held_out
        by_env = {
            name: {
                "fitness_median": _quantiles(self.scores[:, index])[2],
                "held_out": None if held is None else float(held.means[index]),
                "held_out_none": None if held is None else float(held.references[0, index]),
                "held_out_ppo": None if held is None else float(held.references[1, index]),
            }
            for index, name in enumerate(self.environments)
        }
        return {
            "generation": self.generation,
            **dict(zip(_NAMES, _quantiles(self.fitness), strict=True)),
            "nan_count": self.nan_count,
            "held_out": None if held is None else held.score,
            "held_out_nan": None if held is None else int(np.isnan(held.scores).any(axis=1).sum()),
            "held_out_none": None if held is None else held_out_score(held.references[0], held.references),
            "held_out_ppo": None if held is None else held_out_score(held.references[1], held.references),
            "sigma": self.sigma,
            "env_steps": self.env_steps,
            "env_steps_per_second": self.env_steps / self.seconds,
            "seconds": self.seconds,
            "by_env": by_env,
        }


def _quantiles(scores: NDArray) -> list[float]:
    """Minimum, quartiles and maximum without the NaNs; NaN if there is nothing else."""
    finite = scores[~np.isnan(scores)]
    return np.quantile(finite, _LEVELS).tolist() if finite.size else [float("nan")] * len(_LEVELS)
