"""Sweeps: drifts x conditions x seeds, of which only what the store lacks is trained."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from discovery.benchmark.conditions import Condition
from discovery.benchmark.executors import Workplace, run_jobs
from discovery.benchmark.jobs import Job
from discovery.benchmark.scores import ScoreMatrix
from discovery.benchmark.store import Cell, Series, Store, cell_name
from discovery.drifts.spec import DriftSpec
from discovery.rl.seeds import Stream

CHUNK = 16  # seeds trained at once: enough to fill two cores, few enough for a progress bar to move


class Progress(NamedTuple):
    """How far a sweep is.

    Attributes:
        done: cells that are finished.
        total: cells of the sweep.
        working: the drift and condition in work; empty when all is done.
    """

    done: int
    total: int
    working: str


@dataclass(frozen=True)
class Request:
    """What a sweep is to find out.

    Attributes:
        conditions: by label.
        drifts: by the name that tables give them.
        seeds: training runs for each drift and condition.
        seed: root of all randomness.
        stream: what the randomness is for.
        metric: what a score is, "auc" or "final".
    """

    conditions: Mapping[str, Condition]
    drifts: Mapping[str, DriftSpec]
    seeds: int
    seed: int
    stream: Stream = Stream.BENCHMARK
    metric: str = "auc"


class _Piece(NamedTuple):
    """A range of the seeds of one drift in one condition, and the artifact that holds it or will."""

    label: str
    drift: str
    first: int
    last: int
    cell: str


def run_sweep(
    request: Request,
    store: Store,
    place: Workplace,
    *,
    progress: Callable[[Progress], None] = lambda progress: None,
    finished: Callable[[ScoreMatrix], None] = lambda matrix: None,
) -> dict[str, ScoreMatrix]:
    """Train what the store lacks, keep every result as it comes, and put the matrices together.

    Interrupted at any moment and called again, it trains what is missing in the same programs from the same keys.

    Args:
        request: drifts, conditions, seeds.
        store: where finished trainings are looked up and kept.
        place: where jobs run.
        progress: called when a cell is finished or another job is in work.
        finished: called with each condition's matrix as soon as its last cell is there.

    Returns:
        The matrix of each condition, by label, in the order of the request.
    """
    pieces, cells = _pieces(request, store)
    total = len({piece.cell for piece in pieces})  # one drift under two names is trained once
    missing = list({piece.cell: piece for piece in pieces if piece.cell not in cells}.values())
    matrices: dict[str, ScoreMatrix] = {}
    done = total - len(missing)

    def complete(label: str) -> None:
        mine = [piece for piece in pieces if piece.label == label]
        if all(piece.cell in cells for piece in mine):
            matrices[label] = _matrix(request, label, mine, cells)
            finished(matrices[label])

    for label in request.conditions:
        complete(label)
    jobs = dict(_jobs(request, missing, together=place.together))

    now = ""

    def working(running: Sequence[Job]) -> None:
        nonlocal now
        first = jobs[running[0]][0] if running else None
        now = f"{first.drift} on {first.label}" if first else ""
        progress(Progress(done, total, now))

    for job, result in run_jobs(list(jobs), place, working):
        share = len(jobs[job])
        for row, piece in enumerate(jobs[job]):
            diagnostics = {metric: values[row] for metric, values in result.diagnostics.items()}
            cell = Cell(result.curves[row], diagnostics, result.seconds / share, result.env_steps // share)
            store.write(piece.cell, cell)
            cells[piece.cell] = cell
        done += share
        progress(Progress(done, total, now))
        complete(jobs[job][0].label)
    progress(Progress(done, total, ""))
    return {label: matrices[label] for label in request.conditions}


def _pieces(request: Request, store: Store) -> tuple[list[_Piece], dict[str, Cell]]:
    """All pieces of a sweep in the order of its jobs, and the cells that the store has already."""
    pieces, cells = [], {}
    for label, condition in request.conditions.items():
        for drift, spec in request.drifts.items():
            digest = Series(spec, condition.env, condition.config, request.seed, request.stream).digest()
            first = 0
            while first < request.seeds:
                last, cell = _stored(digest, first, store)
                last = last if cell else min(_boundary(first), request.seeds)
                piece = _Piece(label, drift, first, last, cell_name(digest, first, last))
                pieces.append(piece)
                if cell:
                    cells[piece.cell] = cell
                first = last
    return pieces, cells


def _boundary(first: int) -> int:
    """The next multiple of `CHUNK`: no cell goes beyond, so that narrow sweeps fit into wide ones."""
    return (first // CHUNK + 1) * CHUNK


def _stored(digest: str, first: int, store: Store) -> tuple[int, Cell | None]:
    """The longest sound cell of a series that starts at `first`, and where it ends."""
    for last in range(_boundary(first), first, -1):
        if (name := cell_name(digest, first, last)) in store and (cell := store.read(name)):
            return last, cell
    return first, None


def _jobs(request: Request, missing: Sequence[_Piece], *, together: bool) -> Iterator[tuple[Job, list[_Piece]]]:
    """Jobs and the pieces that they make: one each, or where all drifts are trained together one for each range."""
    drifts = list(request.drifts)
    groups: dict[tuple[str | int, ...], list[_Piece]] = {}
    for piece in missing:
        key = (piece.label, piece.first, piece.last, "" if together else piece.drift)
        groups.setdefault(key, []).append(piece)
    for group in groups.values():
        condition, piece = request.conditions[group[0].label], group[0]
        job = Job(
            env=condition.env,
            config=condition.config,
            drifts=tuple(request.drifts.values()),
            trained=tuple(drifts.index(each.drift) for each in group),
            seed=request.seed,
            stream=request.stream,
            first=piece.first,
            last=piece.last,
            size=min(CHUNK, request.seeds),
        )
        yield job, group


def _matrix(request: Request, label: str, pieces: Sequence[_Piece], cells: Mapping[str, Cell]) -> ScoreMatrix:
    """The matrix of a condition from its cells, seeds beyond the request's cut off."""
    curves, diagnostics = {}, {}
    for drift in request.drifts:
        mine = [cells[piece.cell] for piece in pieces if piece.drift == drift]
        joined = {
            metric: np.concatenate([cell.diagnostics[metric] for cell in mine])[: request.seeds].astype(np.float64)
            for metric in mine[0].diagnostics
        }
        curves[drift] = np.concatenate([cell.curves for cell in mine])[: request.seeds].astype(np.float64)
        diagnostics[drift] = joined
    used = [cells[piece.cell] for piece in pieces]
    return ScoreMatrix(
        label=label,
        condition=request.conditions[label],
        metric=request.metric,
        curves=curves,
        diagnostics=diagnostics,
        env_steps_per_second=sum(cell.env_steps for cell in used) / sum(cell.seconds for cell in used),
    )
