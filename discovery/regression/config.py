"""Settings of distillation."""

from dataclasses import dataclass
from typing import Literal

from discovery.settings import require

MAX_COST = 12  # formulas grow fourfold with each cost
RULES = ("best", "knee", "accuracy")
LOSSES = ("squared", "huber")
BACKENDS = ("grammar", "operon", "pysr")


@dataclass(frozen=True)
class DistilConfig:
    """How formulas are searched.

    Attributes:
        backend: "grammar", whose formulas are valid by construction; "operon" or "pysr", whose formulas are brought to
            a valid form afterwards where that is possible (docs/backends.md).
        grammar: a shipped grammar's name or a file's path.
        max_cost: enumerate derivations up to this cost (of each half, where halves are fitted apart).
        generations: of evolution beyond that.
        offspring: new formulas of a generation on each island.
        islands: populations for each part of the table.
        seconds: soft limit of the search; what was found so far is returned.
        workers: threads; 0 for one a core. Results do not depend on it.
        screen_rows: rows on which every skeleton is tried.
        fit_rows: rows on which the finalists are fitted.
        starts: starting points for the constants of a skeleton.
        finalists: skeletons that are refined at least, for each cost and part.
        loss: "squared", or "huber" for tables with outliers and noisy networks.
        huber_delta: where huber turns from squares to absolute values, in standard deviations of the drift (robustly
            measured).
        slope_weight: of the error of df/dr, where the table has slopes.
        snap_tolerance: how much a shorter constant may raise the loss, relatively.
        ties: formulas whose held-out errors differ by at most this factor cannot be told apart.
        bootstrap: resamples behind the spread of constants; 0 for none.
        select: which member of the front is *the* formula: best, knee or accuracy.
        on_policy_weight: the share of the weight that (ratio, advantage) pairs seen in training get, the rest going
            to a grid.
        seed: of subsampling, starting points and evolution.
    """

    backend: Literal["grammar", "operon", "pysr"] = "grammar"
    grammar: str = "lpo"
    max_cost: int = 6
    generations: int = 40
    offspring: int = 48
    islands: int = 2
    seconds: float = 60.0
    workers: int = 0
    screen_rows: int = 256
    fit_rows: int = 2_000
    starts: int = 32
    finalists: int = 40
    loss: Literal["squared", "huber"] = "squared"
    huber_delta: float = 0.1
    slope_weight: float = 0.01
    snap_tolerance: float = 0.005
    ties: float = 1.1
    bootstrap: int = 20
    select: Literal["best", "knee", "accuracy"] = "best"
    on_policy_weight: float = 0.9
    seed: int = 0

    def __post_init__(self) -> None:
        for name, allowed in (("backend", BACKENDS), ("loss", LOSSES), ("select", RULES)):
            require(getattr(self, name) in allowed, name, getattr(self, name), f"one of {', '.join(allowed)}")
        for name in ("max_cost", "offspring", "islands", "screen_rows", "fit_rows", "starts", "finalists"):
            require(getattr(self, name) >= 1, name, getattr(self, name), "at least 1")
        for name in ("generations", "workers", "snap_tolerance", "slope_weight", "bootstrap", "seed"):
            require(getattr(self, name) >= 0, name, getattr(self, name), "at least 0")
        require(self.max_cost <= MAX_COST, "max_cost", self.max_cost, f"at most {MAX_COST}")
        require(0 < self.seconds < float("inf"), "seconds", self.seconds, "a positive number")
        require(self.huber_delta > 0, "huber_delta", self.huber_delta, "positive")
        require(self.ties >= 1, "ties", self.ties, "at least 1")
        require(0 <= self.on_policy_weight <= 1, "on_policy_weight", self.on_policy_weight, "between 0 and 1")
