"""The tables that PySR leaves behind: hall_of_fame.csv, alone, in a run directory, or in several.

checkpoint.pkl is never opened: loading a pickle runs whatever it holds.
"""

import csv
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from discovery.expression.node import Expr
from discovery.regression.backends.features import VARIABLES
from discovery.regression.backends.infix import InfixError
from discovery.regression.backends.protocol import Proposal, Region
from discovery.regression.backends.pysr_equations import Template, read_parts
from discovery.regression.backends.regions import halves_by_data, measured
from discovery.regression.table import DriftTable

TABLE = "hall_of_fame.csv"
_COLUMNS = ("complexity", "loss", "equation")
Problem = Callable[[str], None]


def _ignore(problem: str) -> None:
    """Where no one listens."""


def import_run(
    directory: str | Path | Sequence[str | Path],
    table: DriftTable | None = None,
    *,
    problem: Problem = _ignore,
    variables: Mapping[str, Expr] = VARIABLES,
    template: Template | None = None,
) -> list[Proposal]:
    """The formulas of one or more PySR runs, for `drift distil --pysr-run DIR [DIR]`.

    How to call it: `settle(import_run(options.pysr_run, table, problem=say), decide, table)`. A run whose name holds
    `positive` or `negative` is a fit of A >= 0 or A < 0 alone; `settle` joins such halves. Of two directories without
    such names, each is taken for a half if the data leave no doubt: it fits one half a hundred times better.

    Args:
        directory: a hall_of_fame.csv (or .csv.bak), a run directory that holds one, an output directory that holds
            several run directories, or a list of these.
        table: the data; losses are then measured on it, on the rows of the run's half.
        problem: told about each row that cannot be read, in one line with file and line; the others are kept.
        variables: what the names in the equations stand for.
        template: how the expression of a template becomes a drift.

    Raises:
        ValueError: no such directory, no table in it, a missing column, no equation that can be read.
    """
    given = [directory] if isinstance(directory, str | Path) else list(directory)
    if not given:
        raise ValueError("no PySR run is given; give the directory that holds hall_of_fame.csv")
    runs = [
        read_table(path, region=region_of(path), problem=problem, variables=variables, template=template)
        for item in given
        for path in tables_in(Path(item))
    ]
    if table is None:
        return [proposal for run in runs for proposal in run]
    named = any(proposal.region is not Region.WHOLE for run in runs for proposal in run)
    if len(given) == 2 and not named and (regions := halves_by_data(runs, table)) is not None:
        runs = [[replace(p, region=region) for p in run] for run, region in zip(runs, regions, strict=True)]
    return [measured(proposal, table) for run in runs for proposal in run]


def tables_in(directory: Path) -> list[Path]:
    """The tables of a run, in order of their names.

    Raises:
        ValueError: there is no such directory, or no table in it.
    """
    if not directory.exists():
        raise ValueError(f"no such directory: {directory}")
    if directory.is_file():
        return [directory]
    if (own := _table_of(directory)) is not None:
        return [own]
    tables = [_table_of(child) for child in sorted(directory.iterdir()) if child.is_dir()]
    found = [path for path in tables if path is not None]
    if not found:
        raise ValueError(f"{directory} holds no {TABLE}, nor does any directory in it; give PySR's output directory")
    return found


def _table_of(directory: Path) -> Path | None:
    """hall_of_fame.csv, or its backup where PySR was stopped while it wrote."""
    for name in (TABLE, TABLE + ".bak"):
        path = directory / name
        if path.is_file() and path.stat().st_size > 0:
            return path
    return None


def region_of(path: Path) -> Region:
    """The half that the name of a run's directory (or of the file) speaks of."""
    for name in (path.stem.lower(), path.resolve().parent.name.lower()):
        if "positive" in name and "negative" not in name:
            return Region.POSITIVE
        if "negative" in name and "positive" not in name:
            return Region.NEGATIVE
    return Region.WHOLE


def read_table(
    path: Path,
    *,
    region: Region = Region.WHOLE,
    problem: Problem = _ignore,
    variables: Mapping[str, Expr] = VARIABLES,
    template: Template | None = None,
) -> list[Proposal]:
    """The proposals of one table; see `import_run`."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"cannot read {path}: {getattr(error, 'strerror', None) or 'not a text file'}") from None
    reader = csv.reader(lines)
    names = [name.strip().lower() for name in next(reader, [])]
    missing = [name for name in _COLUMNS if name not in names]
    if missing:
        raise ValueError(f"{path}, line 1: no column {missing[0]!r}; a table of PySR has {', '.join(_COLUMNS)}")
    places = [names.index(name) for name in _COLUMNS]
    found, unread = [], 0
    for row in reader:
        where = f"{path}, line {reader.line_num}"
        if not row:
            continue
        try:
            complexity, loss, equation = (row[place] for place in places)
            expr, g = read_parts(equation, variables=variables, template=template)
            found.append(Proposal(expr, _loss(loss), _complexity(complexity), f"PySR: {where}", region, g))
        except InfixError as error:
            unread += 1
            problem(f"{where}: equation skipped: {error}")
        except (ValueError, IndexError):
            unread += 1
            problem(f"{where}: row skipped: not a complexity, a loss and an equation")
    if not found:
        what = f"none of its {unread} equations can be read" if unread else "it holds no equations"
        raise ValueError(f"{path}: {what}")
    return found


def _loss(text: str) -> float:
    value = float(text)
    if math.isnan(value) or value < 0:
        raise ValueError("no loss")
    return value


def _complexity(text: str) -> int:
    return round(float(text))
