"""A progress bar with the time left, on stderr."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from discovery.report.terminal import console


class Update(Protocol):
    """Show that `done` of `total` parts of a stage are finished; `note` says what is in work, where there is room."""

    def __call__(self, stage: str, done: int, total: int, *, note: str = "") -> None: ...


@contextmanager
def progress_bar() -> Iterator[Update]:
    """Yields an `Update`; each stage gets a bar of its own.

    Where stderr is no terminal, each stage is announced once in a plain line.
    """
    screen = console(to_stderr=True)
    columns = (
        TextColumn("{task.description:<44}"),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    )
    if not screen.is_terminal:
        announced: set[str] = set()

        def announce(stage: str, done: int, total: int, *, note: str = "") -> None:
            if stage not in announced:
                announced.add(stage)
                screen.print(f"{stage} ({total})" if total > 1 else stage)

        yield announce
        return
    # Where stdout is a file or a pipe its lines must get there: rich would send them to this screen.
    with Progress(*columns, console=screen, redirect_stdout=sys.stdout.isatty()) as bars:
        tasks: dict[str, TaskID] = {}

        def update(stage: str, done: int, total: int, *, note: str = "") -> None:
            if stage not in tasks:
                for earlier in tasks.values():
                    bars.update(earlier, completed=bars.tasks[earlier].total)
                tasks[stage] = bars.add_task(stage, total=total)
            shown = f"{stage}: {note}" if note else stage
            bars.update(tasks[stage], completed=done, total=total, description=shown)

        yield update
