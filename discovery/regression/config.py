"""Settings of distillation."""

from dataclasses import dataclass


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
        if self.max_cost < 1:
            raise ValueError(f"distil.max-cost is {self.max_cost}; at least 1 is needed")
        if not 0 <= self.on_policy_weight <= 1:
            raise ValueError(f"distil.on-policy-weight is {self.on_policy_weight}; it must lie in [0, 1]")
        for name in ("screen_rows", "fit_rows", "starts", "finalists"):
            if getattr(self, name) < 1:
                raise ValueError(f"distil.{name.replace('_', '-')} is {getattr(self, name)}; at least 1 is needed")
