"""How far a batch of verdicts is, on stderr: a live line on a terminal, else a plain line every few seconds."""

import threading
import time
from collections import Counter
from typing import TYPE_CHECKING, Any

from discovery.report.terminal import console, counted

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

EVERY_SECONDS = 5.0
LEAST_PLAIN = 20  # formulas; a shorter batch gives no plain lines
VERDICTS = ("proved", "refuted", "unknown")


class Tally:
    """Counts decisions and shows the counts while the `with` block runs; stdout is never written to.

    Args:
        total: the number of formulas.
        shares_terminal: whether results go to the same terminal meanwhile; the live line then makes room for them.
    """

    def __init__(self, total: int, *, shares_terminal: bool = False) -> None:
        self._total = total
        self._counts: Counter[str] = Counter()
        self._start = time.monotonic()
        self._stop = threading.Event()
        self._screen = console(to_stderr=True)
        self._shares = shares_terminal
        self._live: tuple[Progress, TaskID] | None = None
        self._thread: threading.Thread | None = None

    def __enter__(self) -> "Tally":
        if self._screen.is_terminal and self._total > 1:
            from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

            columns = (BarColumn(24), MofNCompleteColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
            bar = Progress(*columns, console=self._screen, transient=True, redirect_stdout=False, redirect_stderr=False)
            self._live = bar, bar.add_task(self.counts, total=self._total)
            bar.start()
        elif not self._screen.is_terminal and self._total >= LEAST_PLAIN:
            self._thread = threading.Thread(target=self._report, daemon=True)
            self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        if self._live is not None:
            self._live[0].stop()
        if self._thread is not None:
            self._thread.join()

    def count(self, decision: Any) -> None:
        """One more formula is decided."""
        self._counts[decision.verdict.value] += 1
        if self._live is not None:
            bar, task = self._live
            bar.update(task, completed=self._counts.total(), description=self.counts)

    def clear(self) -> None:
        """Make room for a result on the terminal."""
        if self._live is not None and self._shares:
            self._live[0].stop()

    def draw(self) -> None:
        """Show the live line again."""
        if self._live is not None and self._shares:
            self._live[0].start()

    @property
    def counts(self) -> str:
        """For example "12 proved, 3 refuted, 0 unknown"."""
        return ", ".join(f"{self._counts[verdict]} {verdict}" for verdict in VERDICTS)

    @property
    def summary(self) -> str:
        """The counts and the time, for the end."""
        done, seconds = self._counts.total(), time.monotonic() - self._start
        return f"{done} of {counted(self._total, 'formula')} decided in {seconds:.1f} s: {self.counts}"

    def _report(self) -> None:
        while not self._stop.wait(EVERY_SECONDS):
            self._screen.print(self.summary, soft_wrap=True)
