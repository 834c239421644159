"""What every backend of symbolic regression gives back: proposals, which are formulas without a promise."""

from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from discovery.expression.node import Expr
from discovery.regression.table import DriftTable


class Region(Enum):
    """The advantages that a formula was fitted on."""

    WHOLE = "every A"
    POSITIVE = "A >= 0"
    NEGATIVE = "A < 0"


@dataclass(frozen=True)
class Proposal:
    """A formula that an engine found. Proposals are not valid drifts in general: see `settle`.

    Attributes:
        expr: the formula in r and A, its constants exact rationals; of a half, meant for that half only.
        loss: the mean squared error on the rows of its region, as the engine reports it.
        complexity: as the engine counts it; None if it does not.
        source: where it comes from, for people: an engine, or a file and line.
        region: the advantages it was fitted on.
        residual_of: g, where expr is the ReLU of the residual projection of g; its constants are shortened in g.
    """

    expr: Expr
    loss: float
    complexity: int | None
    source: str
    region: Region = Region.WHOLE
    residual_of: Expr | None = None


class Backend(Protocol):
    """An engine of symbolic regression."""

    def propose(self, table: DriftTable, *, seconds: float, seed: int, workers: int) -> list[Proposal]:
        """Formulas for the training rows of `table`, simplest first within each region.

        Args:
            table: values of the drift.
            seconds: wall-clock budget of the search.
            seed: of everything random.
            workers: threads or processes at most.

        Raises:
            ValueError: the engine is not installed; one line that says what to install.
        """
        ...
