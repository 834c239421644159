"""Drifts over a grid of (r, A), as plain arrays: what maps, slices and the page's explorer are drawn from."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

LOG_RATIOS = np.linspace(-0.9, 0.9, 91)
ADVANTAGES = np.linspace(-3, 3, 61)


@dataclass(frozen=True)
class Surface:
    """A drift on the grid r = exp(LOG_RATIOS), A = ADVANTAGES.

    Attributes:
        name: as the run's artifacts have it: "ppo", "network", or a formula's text.
        drift: [len(ADVANTAGES), len(LOG_RATIOS)], f(r, A).
        slope: likewise, d(r A - f)/dr.
        progress: the share of training that is done, for a drift that sees it.
    """

    name: str
    drift: NDArray[np.float32]
    slope: NDArray[np.float32]
    progress: float | None = None
