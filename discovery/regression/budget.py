"""When a search ends: a soft limit of time, an interruption, or a fit that is exact."""

import threading
import time
from dataclasses import dataclass, field


@dataclass
class Budget:
    """A clock that jobs in other threads ask.

    Attributes:
        seconds: the limit of the search.
    """

    seconds: float
    start: float = field(default_factory=time.monotonic)
    interrupted: threading.Event = field(default_factory=threading.Event)

    @property
    def elapsed(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self.start

    def spent(self, share: float = 1.0) -> bool:
        """Whether a share of the time has passed, or the search was interrupted."""
        return self.interrupted.is_set() or self.elapsed >= share * self.seconds
