"""drift runs: list runs."""

from dataclasses import dataclass
from pathlib import Path

from discovery.commands.options import emit, parse_options, say
from discovery.runs import list_runs


@dataclass(frozen=True)
class RunsOptions:
    """The run directories, oldest first, and what each holds.

    Attributes:
        runs: the folder of the run directories.
        json: one JSON object a run on stdout.
    """

    runs: Path = Path("runs")
    json: bool = False


def main(args: list[str]) -> int:
    """Run the command; returns the exit code."""
    options = parse_options(RunsOptions, args, command="runs")
    if options.runs != RunsOptions.runs and not options.runs.is_dir():
        raise ValueError(f"runs: no such folder: {options.runs}")
    runs, damaged = list_runs(options.runs)
    for problem in damaged:
        say(f"left out: {problem}")
    if options.json:
        for run in runs:
            emit({"path": str(run.path), "created": run.manifest["created"], "artifacts": run.artifacts})
    else:
        from discovery.report.terminal import print_runs

        print_runs(runs, options.runs)
    return 0
