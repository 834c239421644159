"""Drifts evaluated on a grid, as figures and the HTML report show them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from discovery.report.findings import Findings
from discovery.report.notes import listed

LOG_RATIOS = np.linspace(-0.9, 0.9, 181)
ADVANTAGES = np.linspace(-3, 3, 121)
MOST = 12
"""Surfaces that a report has room for."""
MOMENTS = (0.0, 0.5, 1.0)
"""Of training, at which a drift that sees progress is drawn."""


@dataclass(frozen=True, eq=False)
class Surface:
    """A drift f and the slope of its objective over (r, A).

    Attributes:
        drift: its name, as the benchmark calls it.
        ratios: [n] increasing, positive.
        advantages: [m] increasing.
        drift_values: f(r, A), [m, n].
        slope: d(r A - f)/dr, [m, n].
        progress: the moment of training, of a drift that sees it.
    """

    drift: str
    ratios: NDArray[Any]
    advantages: NDArray[Any]
    drift_values: NDArray[Any]
    slope: NDArray[Any]
    progress: float | None = None


def undrawn(findings: Findings, surfaces: Sequence[Surface]) -> str:
    """Which of the drifts compared have no surface, in a sentence; "" where all have one."""
    drawn = {surface.drift for surface in surfaces}
    names = [name for name in dict.fromkeys(row["drift"] for row in findings.rows or ()) if name not in drawn]
    if not names:
        return ""
    return (
        f"Not drawn here: {listed(names)}. There is room for {MOST} drifts (one that sees progress takes several "
        "places), and those of runs that are no longer there cannot be drawn."
    )
