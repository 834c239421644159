"""Settings of the benchmark."""

from dataclasses import dataclass

METRICS = ("auc", "final")


@dataclass(frozen=True)
class BenchConfig:
    """How drifts are compared.

    Attributes:
        seeds: held-out training runs per drift and environment; meta-training never sees these seeds.
        metric: "auc", the mean of the learning curve, or "final", its last point.
        selection_seeds: runs per formula by which `discover` chooses among the proved members of the front; these
            seeds are disjoint from the benchmark's.
        formulas: at most so many proved formulas of the front are tried in the selection.
        finalists: the best so many of them go to the benchmark.
    """

    seeds: int = 48
    metric: str = "auc"
    selection_seeds: int = 24
    formulas: int = 8
    finalists: int = 2

    def __post_init__(self) -> None:
        if self.metric not in METRICS:
            raise ValueError(f"bench.metric is {self.metric!r}; allowed: {', '.join(METRICS)}")
        for name in ("seeds", "selection_seeds", "formulas", "finalists"):
            if getattr(self, name) < (2 if "seeds" in name else 1):
                least = 2 if "seeds" in name else 1
                raise ValueError(f"bench.{name.replace('_', '-')} is {getattr(self, name)}; at least {least} is needed")
