"""Finished trainings in a run directory, each under the hash of everything that determines it."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from discovery.drifts.spec import DriftSpec
from discovery.rl.config import PPOConfig
from discovery.rl.seeds import Stream
from discovery.runs import Run, RunError

FORMAT = 1  # to be raised when a cell of the same address would hold something else
_CURVES, _SECONDS, _STEPS = "curves", "seconds", "env_steps"


@dataclass(frozen=True)
class Series:
    """One drift in one condition, seed by seed: the part of a cell's address that its seed range is not.

    Attributes:
        spec: the drift.
        env: the environment.
        config: the inner loop.
        seed: base seed of the sweep.
        stream: what the randomness is for.
    """

    spec: DriftSpec
    env: str
    config: PPOConfig
    seed: int
    stream: Stream

    def digest(self) -> str:
        """The sha256 of the canonical JSON of all fields and of the format of cells."""
        address = {
            "format": FORMAT,
            "drift": self.spec.identity(),
            "env": self.env,
            "settings": asdict(self.config),
            "seed": self.seed,
            "stream": int(self.stream),
        }
        return hashlib.sha256(json.dumps(address, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def cell_name(digest: str, first: int, last: int) -> str:
    """The artifact that holds the seeds [first, last) of the series with this digest."""
    return f"cells/{hashlib.sha256(f'{digest} {first} {last}'.encode()).hexdigest()[:32]}.npz"


@dataclass(frozen=True)
class Cell:
    """Trainings of one drift in one condition on a range of seeds.

    Attributes:
        curves: [seeds, updates] episode returns; NaN from where a run diverged.
        diagnostics: metric -> [seeds, points].
        seconds: that their training took.
        env_steps: taken in those seconds.
    """

    curves: NDArray[np.float32]
    diagnostics: dict[str, NDArray[np.float32]]
    seconds: float
    env_steps: int


class Store:
    """The cells of a run directory."""

    def __init__(self, run: Run, problem: Callable[[str], None]) -> None:
        """
        Args:
            run: where they are.
            problem: is told, in a sentence, of every damaged cell.
        """
        self._run = run
        self._problem = problem

    def __contains__(self, name: str) -> bool:
        return name in self._run

    def read(self, name: str) -> Cell | None:
        """A cell, or None where it is damaged; then it is set aside, so that it can be computed again."""
        try:
            arrays = self._run.read_arrays(name)
        except RunError as error:
            self._problem(f"{error}; it is computed again")
            self._run.set_aside(name)
            return None
        curves, seconds, steps = (arrays.pop(key) for key in (_CURVES, _SECONDS, _STEPS))
        return Cell(curves, arrays, float(seconds), int(steps))

    def write(self, name: str, cell: Cell) -> None:
        """Keep a cell, whole or not at all; one that is there already stays."""
        if name not in self:
            known = {_CURVES: cell.curves, _SECONDS: np.float64(cell.seconds), _STEPS: np.int64(cell.env_steps)}
            self._run.write_arrays(name, {**known, **cell.diagnostics})
