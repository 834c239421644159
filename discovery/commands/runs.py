"""drift runs: list runs, find them, delete them."""

import os
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from discovery.commands.options import emit, parse_options, say
from discovery.runs import MANIFEST, Run, RunError, in_work, list_runs

if TYPE_CHECKING:
    from discovery.report.inventory import Item

REFERENCE = "reference"
"""The folder of runs that are kept on purpose; those are deleted only by their path."""


@dataclass(frozen=True)
class RunsOptions:
    """The run directories, oldest first, and what each holds; or, with --delete, their end.

    Attributes:
        runs: the folder of the run directories.
        name: only runs whose name holds this text.
        env: only runs with this environment.
        drift: only runs that compare this drift, or took their formulas from it.
        has: only runs that hold this artifact: report, front, scores, drift, ...
        since: only runs of this day (UTC) or later: 2026-11-01.
        unfinished: only runs whose command has not made all of its artifacts.
        sort: by "created" (the newest at the end), "size" (the largest at the end), "name" (alphabetically) or "score"
            (the best at the end of each kind of score: returns and normalised scores are not on one scale).
        delete: delete these runs, by name or path, after a question.
        yes: with --delete: do not ask.
        json: one JSON object a run on stdout.
    """

    runs: Path = Path("runs")
    name: str | None = None
    env: str | None = None
    drift: str | None = None
    has: str | None = None
    since: str | None = None
    unfinished: bool = False
    sort: Literal["created", "size", "name", "score"] = "created"
    delete: tuple[Path, ...] = ()
    yes: bool = False
    json: bool = False


def main(args: list[str]) -> int:
    """Run the command; returns the exit code."""
    options = parse_options(RunsOptions, args, command="runs")
    if options.runs != RunsOptions.runs and not options.runs.is_dir():
        raise ValueError(f"runs: no such folder: {options.runs}")
    if options.delete:
        return _delete(options)
    if options.yes:
        raise ValueError("runs: --yes is for --delete RUN...; name the runs to delete")
    runs, damaged = list_runs(options.runs)
    for problem in damaged:
        say(f"left out: {problem}")
    from discovery.report.inventory import item_of

    items = [item for item in map(item_of, runs) if _wanted(item, options)]
    items.sort(key=_KEYS[options.sort])
    if options.json:
        for item in items:
            emit(_record(item))
    else:
        from discovery.report.terminal import print_runs

        print_runs(items, options.runs, total=len(runs))
    return 0


_KEYS = {
    "created": lambda item: item.run.manifest["created"],
    "size": lambda item: item.size,
    "name": lambda item: item.run.manifest["name"],
    "score": lambda item: (item.score_of or "", 0.0 if item.score is None else item.score),
}


def _record(item: "Item") -> dict[str, object]:
    manifest = item.run.manifest
    return {
        "path": str(item.run.path),
        "created": manifest["created"],
        "artifacts": item.run.artifacts,
        "name": manifest["name"],
        "kind": item.kind,
        "finished": item.finished,
        "envs": item.envs,
        "drifts": item.drifts,
        "size": item.size,
        "score": item.score,
        "score_of": item.score_of,
    }


def _wanted(item: "Item", options: RunsOptions) -> bool:
    """Whether a run passes every filter."""
    if options.has is not None and not any(_is_artifact(name, options.has) for name in item.run.artifacts):
        return False
    if options.since is not None and _moment(item.run.manifest["created"]) < _day(options.since):
        return False
    return (
        (options.name is None or options.name in item.run.manifest["name"])
        and (options.env is None or options.env in item.envs)
        and (options.drift is None or options.drift in item.drifts)
        and not (options.unfinished and item.finished)
    )


def _is_artifact(name: str, wanted: str) -> bool:
    """Whether an artifact is called so: report.html is "report.html" and "report"; a file of certificates/, that."""
    return wanted in (name, Path(name).stem, name.partition("/")[0])


def _day(text: str) -> datetime:
    try:
        return _moment(text)
    except ValueError:
        raise ValueError(f"runs: --since {text!r} is no date; write it as 2026-11-01") from None


def _moment(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _delete(options: RunsOptions) -> int:
    from discovery.report.inventory import disk_size, size_text

    if any((options.name, options.env, options.drift, options.has, options.since, options.unfinished)):
        raise ValueError("runs: --delete takes the runs themselves; the filters only list (--json gives their paths)")
    runs = [_deletable(path, options.runs) for path in dict.fromkeys(options.delete)]
    sizes = [disk_size(path) for path in runs]
    for path, size in zip(runs, sizes, strict=True):
        say(f"{path}  {size_text(size)}, {_description(path)}")
    if not options.yes and not _agreed(f"Delete {len(runs)} run(s), {size_text(sum(sizes))}, for good?"):
        say("nothing was deleted")
        return 0
    for path, size in zip(runs, sizes, strict=True):
        try:
            with in_work(path):
                shutil.rmtree(path)
        except OSError as error:
            raise ValueError(f"runs: cannot delete {path}: {error.strerror}") from None
        if options.json:
            emit({"deleted": str(path), "size": size})
        else:
            say(f"deleted {path}")
    return 0


def _description(path: Path) -> str:
    try:
        run = Run.open(path)
    except RunError:
        return "damaged: its manifest cannot be read"
    return f"made {run.manifest.get('created')}: {run.holdings or 'empty'}"


def _deletable(path: Path, folder: Path) -> Path:
    """The run at a path, or with this name in the folder of runs; one in that folder itself may be damaged.

    Raises:
        ValueError: it is no run, lies outside the folder, is a symbolic link or lies behind one, is a reference run
            that is not named by its path, or is in work.
    """
    named = len(path.parts) == 1 and not path.exists()
    path = folder / path if named else path
    inside = _inside(path, folder)
    if inside is None or len(inside) not in (1, 2) or (len(inside) == 2 and inside[0] != REFERENCE):
        raise ValueError(f"runs: {path} is not a run in {folder}; only those are deleted (--runs names the folder)")
    place = folder
    for part in inside:
        place = place / part
        if place.is_symlink():
            raise ValueError(f"runs: {place} is a symbolic link; delete what it points to, or the link, by hand")
    if len(inside) == 2 or not (path / MANIFEST).is_file():
        Run.open(path)
    with in_work(path):
        return path


def _inside(path: Path, folder: Path) -> Sequence[str] | None:
    """The parts of a path below a folder, read without following links; None outside of it."""
    whole, root = Path(os.path.abspath(path)), Path(os.path.abspath(folder))
    return whole.relative_to(root).parts if whole.is_relative_to(root) else None


def _agreed(question: str) -> bool:
    """Ask the person at the terminal.

    Raises:
        ValueError: there is none.
    """
    if not sys.stdin.isatty():
        raise ValueError("runs: --delete asks before it deletes, and nobody can answer here; give --yes")
    print(f"{question} [y/N] ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in ("y", "yes")
