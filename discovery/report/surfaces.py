"""Drifts evaluated on a grid, as figures and the HTML report show them."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

LOG_RATIOS = np.linspace(-0.9, 0.9, 181)
ADVANTAGES = np.linspace(-3, 3, 121)
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
