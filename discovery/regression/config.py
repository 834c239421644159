"""Settings of distillation."""

from dataclasses import dataclass

from discovery.settings import require


@dataclass(frozen=True)
class DistilConfig:
    """How formulas are searched.

    Attributes:
        grammar: a shipped grammar's name or a file's path.
        max_cost: enumerate derivations up to this cost (of each half, where halves are fitted apart).
        screen_rows: rows on which every skeleton is tried.
        fit_rows: rows on which the finalists are fitted.
        starts: starting points for the constants of a skeleton.
        finalists: skeletons that are fitted, for each part of the search.
        snap_tolerance: how much a shorter constant may raise the loss, relatively.
        on_policy_weight: the share of the weight that (ratio, advantage) pairs seen in training get, the rest going
            to a grid.
        seed: of subsampling and starting points.
    """

    grammar: str = "lpo"
    max_cost: int = 7
    screen_rows: int = 300
    fit_rows: int = 2_000
    starts: int = 32
    finalists: int = 60
    snap_tolerance: float = 0.02
    on_policy_weight: float = 0.9
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("max_cost", "screen_rows", "fit_rows", "starts", "finalists"):
            require(getattr(self, name) >= 1, name, getattr(self, name), "at least 1")
        require(self.snap_tolerance >= 0, "snap_tolerance", self.snap_tolerance, "at least 0")
        require(0 <= self.on_policy_weight <= 1, "on_policy_weight", self.on_policy_weight, "between 0 and 1")
