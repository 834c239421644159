"""Meta-training while it runs, on stderr: a live table on a terminal, else a plain line now and then."""

import math
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from rich.console import Group, RenderableType
from rich.live import Live
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from discovery.report.numbers import score_text
from discovery.report.pace import time_left
from discovery.report.terminal import console

Record = Mapping[str, Any]
Show = Callable[[Record], None]

ROWS = 10
EVERY_SECONDS = 30.0  # between plain lines of generations that were not judged
ROOMY = 96  # columns of a terminal from which on the table is spaced out
NARROW = 78  # columns below which the extremes of the fitness and the speeds are left out
REST = 9  # lines of the screen that the rows of the table must leave free


@contextmanager
def training_table(generations: int, *, evaluate_every: int = 0, history: Sequence[Record] = ()) -> Iterator[Show]:
    """Yields `show(record)`, to be called once a generation; stdout is never written to.

    A record holds `generation`, `fitness_min`, `fitness_low`, `fitness_median`, `fitness_high`, `fitness_max`,
    `nan_count`, `held_out`, `held_out_ppo` and `held_out_none` (None where not judged), `env_steps`,
    `env_steps_per_second`, `seconds`, and `by_env`: by environment `fitness_median` and the three held-out scores.
    Generation 0 is the judgement of the start.

    Args:
        generations: how many there will be.
        evaluate_every: generations between judgements, as `MetaTrainConfig` says; the time left depends on it.
        history: the records of a run that is gone on with.
    """
    screen = console(to_stderr=True)
    view = TrainingView(generations, evaluate_every=evaluate_every, history=history)
    if not screen.is_terminal:
        screen.print(view.status, soft_wrap=True)
        yield _plain_lines(view, lambda line: screen.print(line, soft_wrap=True))
        return
    # Where stdout is a file or a pipe its lines must get there: rich would send them to this screen.
    with Live(
        get_renderable=lambda: view.render(screen.width, screen.height),
        console=screen,
        refresh_per_second=1,
        redirect_stdout=sys.stdout.isatty(),
    ) as live:

        def show(record: Record) -> None:
            view.add(record)
            live.refresh()

        try:
            yield show
        finally:
            view.is_over = True


def _plain_lines(view: "TrainingView", write: Callable[[str], None]) -> Show:
    """A `show` that writes judged and last generations, and of the others at most one every 30 s."""
    last = view.clock()

    def show(record: Record) -> None:
        nonlocal last
        view.add(record)
        matters = record["held_out"] is not None or record["generation"] >= view.generations
        if not matters and view.clock() - last < EVERY_SECONDS:
            return
        last = view.clock()
        for line in view.lines:
            write(line)

    return show


class TrainingView:
    """What there is to see of a meta-training run.

    Args:
        generations: how many there will be.
        evaluate_every: generations between judgements; 0 judges only the last.
        history: the records of a run that is gone on with.
        clock: seconds.
    """

    def __init__(
        self,
        generations: int,
        *,
        evaluate_every: int = 0,
        history: Sequence[Record] = (),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.generations = generations
        self.clock = clock
        self.is_over = False
        self._evaluate_every = evaluate_every
        self._records = list(history)
        self._earlier = len(self._records)  # done by another process, at another speed
        self._began = self._latest = clock()

    def add(self, record: Record) -> None:
        """One more generation is done."""
        self._records.append(record)
        self._latest = self.clock()

    def render(self, width: int, height: int) -> RenderableType:
        """The table of the last generations, the environments if there are several, and what it comes to."""
        parts: list[RenderableType] = []
        by_env = self._last_judged.get("by_env") or {}
        environments = by_env if len(by_env) > 1 else {}
        if self._records:
            taken = REST + (len(environments) + 2 if environments else 0)
            shown = self._records[-max(3, min(ROWS, height - taken)) :]
            parts += [_generation_table(shown, width), ""]
        if environments:
            parts += [_environment_table(environments, self._last_judged["generation"]), ""]
        parts += [Text.from_markup(line) for line in (self._best, self.status) if line]
        return Group(*parts)

    @property
    def status(self) -> str:
        """Where it is, how fast it goes and how long it takes, in a line."""
        here = f"generation {self._done} of {self.generations}"
        done = self._records[self._earlier :]
        times = f"after {_clock_text(self.clock() - self._began)}"
        speed = f"{_short(done[-1]['env_steps_per_second'])} env steps/s" if done else ""
        if not self.is_over and self._done < self.generations:
            times += f", {self._left or 'compiling'}"
        return _joined(here, speed, times)

    @property
    def lines(self) -> list[str]:
        """The last generation in plain lines: its fitness or its held-out scores, and a line for each environment."""
        record = self._records[-1]
        parts = []
        if record["held_out"] is not None:
            parts.append(f"held-out score {_against(record)}")
        if record["generation"] > 0:
            low, middle, high = (score_text(record[f"fitness_{name}"]) for name in ("low", "median", "high"))
            parts.append(f"fitness {middle} ({low} to {high})")
        if record["nan_count"]:
            parts.append(f"{record['nan_count']} diverged")
        here, *rest = self.status.split(" · ")
        lines = [f"{here}: {_joined(*parts, *rest)}"]
        by_env = record.get("by_env") or {}
        if record["held_out"] is not None and len(by_env) > 1:
            lines += [f"  {escape(name)}: held-out score {_against(scores)}" for name, scores in by_env.items()]
        return lines

    @property
    def _done(self) -> int:
        return self._records[-1]["generation"] if self._records else 0

    @property
    def _last_judged(self) -> Record:
        return next((record for record in reversed(self._records) if record["held_out"] is not None), {})

    @property
    def _left(self) -> str | None:
        left = time_left(self._records[self._earlier :], self.generations, evaluate_every=self._evaluate_every)
        if left is None:
            return None
        remaining = max(0.0, left.seconds - (self.clock() - self._latest))
        return f"{'at most' if left.at_most else 'about'} {_clock_text(remaining)} left"

    @property
    def _best(self) -> str:
        judged = [record for record in self._records if not _is_missing(record["held_out"])]
        if not judged:
            return ""
        best = max(judged, key=lambda record: record["held_out"])
        return f"best held-out score {_against(best)}, of generation {best['generation']}"


def _generation_table(records: Sequence[Record], width: int) -> Table:
    table = Table(box=None, padding=(0, 2 if width >= ROOMY else 1, 0, 0), pad_edge=False, header_style="bold")
    fitness = {"min": "min", "low": "25%", "median": "median", "high": "75%", "max": "max"}
    if width < NARROW:
        del fitness["min"], fitness["max"]
    diverged = any(record["nan_count"] for record in records) and width >= ROOMY
    speed = ["steps/s"] if width >= NARROW else []
    headers = ["gen", *fitness.values(), *(["diverged"] if diverged else []), "held out", "ppo", "none", *speed]
    for header in headers:
        table.add_column(header, justify="right", no_wrap=True, min_width=7 if header != "gen" else 4)
    for record in records:
        started = record["generation"] > 0
        table.add_row(
            str(record["generation"]),
            *(score_text(record[f"fitness_{name}"] if started else None) for name in fitness),
            *([str(record["nan_count"] or "-")] if diverged else []),
            _marked(record),
            score_text(record.get("held_out_ppo")),
            score_text(record.get("held_out_none")),
            *([_short(record.get("env_steps_per_second"))] if speed else []),
        )
    return table


def _environment_table(by_env: Mapping[str, Record], generation: int) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="bold")
    table.add_column(f"environment (generation {generation})", overflow="fold")
    for header in ("fitness", "held out", "ppo", "none"):
        table.add_column(header, justify="right", no_wrap=True, min_width=7)
    for name, scores in by_env.items():
        table.add_row(
            escape(name),
            score_text(scores.get("fitness_median") if generation else None),
            _marked(scores),
            score_text(scores.get("held_out_ppo")),
            score_text(scores.get("held_out_none")),
        )
    return table


def _marked(scores: Record) -> str:
    """The held-out score, green where it is at least ppo's."""
    score, ppo = scores["held_out"], scores.get("held_out_ppo")
    text = score_text(score)
    return f"[bold green]{text}[/]" if score is not None and ppo is not None and score >= ppo else text


def _against(scores: Record) -> str:
    """For example "487.1 (ppo 450.2, none 120.3)"."""
    others = {name: scores.get(f"held_out_{name}") for name in ("ppo", "none")}
    known = ", ".join(f"{name} {score_text(score)}" for name, score in others.items() if score is not None)
    return _marked(scores) + (f" ({known})" if known else "")


def _joined(*parts: str) -> str:
    return " · ".join(part for part in parts if part)


def _is_missing(score: float | None) -> bool:
    return score is None or math.isnan(score)


def _clock_text(seconds: float) -> str:
    """Hours, minutes and seconds: "0:12:30"."""
    return str(timedelta(seconds=round(seconds)))


def _short(rate: float | None) -> str:
    """For example "1.2M"."""
    if rate is None:
        return "-"
    for unit, size in (("G", 1e9), ("M", 1e6), ("k", 1e3)):
        if rate >= size:
            return f"{rate / size:.3g}{unit}"
    return f"{rate:.0f}"
