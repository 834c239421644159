"""The metrics of a meta-training run, one record a generation, to CSV, TensorBoard and Weights & Biases.

Every sink is a context manager that yields `write(record)`; the records are those of `training_table`.
"""

import csv
import io
import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from discovery.files import write_atomically

Record = Mapping[str, Any]
Write = Callable[[Record], None]

TAGS = {
    "fitness_min": "fitness/min",
    "fitness_low": "fitness/low",
    "fitness_median": "fitness/median",
    "fitness_high": "fitness/high",
    "fitness_max": "fitness/max",
    "nan_count": "fitness/diverged",
    "held_out": "held_out/network",
    "held_out_ppo": "held_out/ppo",
    "held_out_none": "held_out/none",
    "sigma": "es/sigma",
    "env_steps": "speed/env_steps",
    "env_steps_per_second": "speed/env_steps_per_second",
    "seconds": "speed/seconds",
}
NO_WANDB = "Weights & Biases is not installed; install it with: pip install 'drift-discovery[wandb]'"


@contextmanager
def csv_sink(path: Path, *, first_generation: int = 0) -> Iterator[Write]:
    """One row a generation, on the disk as soon as it is written; the environments' values as `CartPole-v1/held_out`.

    A file that is there already keeps its rows of generations before the first; later ones, and a line that was cut
    short, are those of a process that ended before its next checkpoint, and are dropped. An empty cell was not
    judged; nan is a member or an agent that diverged.

    Args:
        path: the file.
        first_generation: the first to be written: one after that of the checkpoint which a run goes on from.

    Raises:
        OSError: the disk refuses it.
    """
    columns, rows = _whole_rows(path)
    rows = [row for row in rows if int(row["generation"]) < first_generation]
    write_atomically(path, _csv_text(columns, rows).encode())

    def write(record: Record) -> None:
        nonlocal columns
        row = _flat(record)
        if new := [name for name in row if name not in columns]:
            earlier = _whole_rows(path)[1]
            columns = [*columns, *new]
            write_atomically(path, _csv_text(columns, earlier).encode())
        with open(path, "a", newline="") as file:
            csv.DictWriter(file, columns, restval="", lineterminator="\n").writerow(row)

    yield write


@contextmanager
def tensorboard_sink(folder: Path, *, first_generation: int = 0) -> Iterator[Write]:
    """Scalars in a TensorBoard event file; see them with `tensorboard --logdir`.

    What an earlier process wrote of the first generation and later is marked as superseded. Values that were not
    judged, or are NaN, are left out.

    Args:
        folder: where the event files of the run are.
        first_generation: as in `csv_sink`.
    """
    from tensorboardX.event_file_writer import EventsWriter
    from tensorboardX.proto.event_pb2 import Event, SessionLog  # type: ignore[attr-defined]
    from tensorboardX.proto.summary_pb2 import Summary  # type: ignore[attr-defined]
    from tensorboardX.summary import scalar

    # Not SummaryWriter: its thread keeps events to itself for a while, flushed or not, and a kill would lose them.
    folder.mkdir(parents=True, exist_ok=True)
    # The suffix keeps the files of two processes apart: the name has the time in seconds only.
    writer = EventsWriter(str(folder / "events"), filename_suffix=f".from{first_generation}")

    def put(event: Any) -> None:
        event.wall_time = time.time()
        writer.write_event(event)
        writer.flush()

    def write(record: Record) -> None:
        values = [value for tag, number in _scalars(record).items() for value in scalar(tag, number).value]
        put(Event(step=record["generation"], summary=Summary(value=values)))

    put(Event(step=first_generation, session_log=SessionLog(status=SessionLog.START)))
    try:
        yield write
    finally:
        writer.close()


def require_wandb() -> None:
    """Raises ValueError if Weights & Biases is not installed."""
    try:
        import wandb  # type: ignore[import-not-found]  # noqa: F401
    except ImportError:
        raise ValueError(NO_WANDB) from None


@contextmanager
def wandb_sink(
    project: str, run_name: str, config: Mapping[str, Any], *, folder: Path | None = None
) -> Iterator[Write]:
    """The scalars of `tensorboard_sink` in Weights & Biases; a run of the same name is gone on with.

    Args:
        project: its project there.
        run_name: name and id of the run.
        config: the settings, plain data.
        folder: where it keeps its own files; the working directory if None.

    Raises:
        ValueError: it is not installed, or refuses the run.
    """
    require_wandb()
    import wandb  # type: ignore[import-not-found]

    try:
        run = wandb.init(
            project=project,
            name=run_name,
            id=run_name,
            config=dict(config),
            dir=None if folder is None else str(folder),
            resume="allow",
            settings=wandb.Settings(console="off"),  # else it wraps the streams that the live table draws on
        )
    except wandb.Error as error:
        raise ValueError(
            f"Weights & Biases refuses the run: {' '.join(str(error).split()).rstrip('.')}; "
            "log in with: wandb login, or keep it on this machine with WANDB_MODE=offline"
        ) from None
    failed = True
    try:
        yield lambda record: run.log(_scalars(record), step=record["generation"])
        failed = False
    finally:
        run.finish(exit_code=int(failed))


def _scalars(record: Record) -> dict[str, float]:
    """What there is to plot of a record, by tag."""
    by_env = record.get("by_env") or {}
    found = {tag: record.get(name) for name, tag in TAGS.items()}
    found |= {f"env/{env}/{name}": value for env, values in by_env.items() for name, value in values.items()}
    return {tag: value for tag, value in found.items() if value is not None and not math.isnan(value)}


def _flat(record: Record) -> dict[str, Any]:
    """A record as a row."""
    row = {name: value for name, value in record.items() if name != "by_env"}
    by_env = record.get("by_env") or {}
    return row | {f"{env}/{name}": value for env, values in by_env.items() for name, value in values.items()}


def _csv_text(columns: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, restval="", lineterminator="\n")
    if columns:
        writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def _whole_rows(path: Path) -> tuple[list[str], list[dict[str, str]]]:
    """(columns, rows) of a file up to the first line that is damaged or cut short; nothing if there is no file."""
    text = path.read_text(errors="replace") if path.exists() else ""
    header, *lines = list(csv.reader(io.StringIO(text[: text.rfind("\n") + 1]))) or [[]]
    if "generation" not in header:
        return [], []
    rows = []
    for line in lines:
        row = dict(zip(header, line, strict=False))
        if len(line) != len(header) or not row["generation"].isdecimal():
            break
        rows.append(row)
    return header, rows
