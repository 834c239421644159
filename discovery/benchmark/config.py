"""Settings of the benchmark."""

from dataclasses import dataclass

from discovery.settings import METRICS, NORMALISATIONS, require


@dataclass(frozen=True)
class BenchConfig:
    """How drifts are compared.

    Attributes:
        seeds: held-out training runs per drift and environment; meta-training never sees these seeds.
        metric: "auc", the mean of the learning curve, or "final", the mean of its last tenth.
        normalise: what 0 and 1 are on the scale on which environments are averaged: "drifts", the mean scores of none
            and ppo in the same benchmark, or "references", random actions and a published return.
        selection_seeds: runs per formula by which `discover` chooses among the proved members of the front; these
            seeds are disjoint from the benchmark's.
        formulas: at most so many proved formulas of the front are tried in the selection.
        finalists: the best so many of them go to the benchmark.
    """

    seeds: int = 48
    metric: str = "auc"
    normalise: str = "drifts"
    selection_seeds: int = 24
    formulas: int = 8
    finalists: int = 2

    def __post_init__(self) -> None:
        require(self.metric in METRICS, "metric", self.metric, f"one of {', '.join(METRICS)}")
        require(self.normalise in NORMALISATIONS, "normalise", self.normalise, f"one of {', '.join(NORMALISATIONS)}")
        for name in ("seeds", "selection_seeds"):
            require(getattr(self, name) >= 2, name, getattr(self, name), "at least 2")
        for name in ("formulas", "finalists"):
            require(getattr(self, name) >= 1, name, getattr(self, name), "at least 1")
