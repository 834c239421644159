"""Tables from CSV files."""

import csv
import warnings
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import numpy as np

from discovery.regression.table import Array, BadValueError, DriftTable, make_table

NEEDED, OPTIONAL = ("ratio", "advantage", "drift"), ("weight", "slope", "progress")
_COLUMNS = f"{', '.join(NEEDED)}, optionally {', '.join(OPTIONAL)}"


def read_samples(path: str, *, rng: np.random.Generator) -> DriftTable:
    """A table from a CSV file with columns ratio, advantage, drift and optionally weight, slope, progress.

    Names of columns are read without regard to case and to blanks around them.

    Raises:
        ValueError: the file is missing, lacks a column, or holds something that is not a number or not allowed; the
            message names the file, and the line where it is about one.
    """
    if Path(path).is_dir():
        raise ValueError(f"{path} is a folder, not a CSV file")
    if not Path(path).is_file():
        raise ValueError(f"no such file: {path}")
    try:
        with Path(path).open(newline="", encoding="utf-8-sig") as file:
            header = next(csv.reader(file), [])
        names = [name.strip().lower() for name in header]
        _check_header(path, names)
        wanted = [name for name in (*NEEDED, *OPTIONAL) if name in names]
        columns = _read(path, names, wanted)
        if not columns.size:
            raise ValueError(f"{path} has a header and no rows; at least 20 are needed")
        return _table(path, dict(zip(wanted, columns, strict=True)), rng)
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"cannot read {path}: {getattr(error, 'strerror', None) or 'not a text file'}") from None


def _table(path: str, columns: dict[str, Array], rng: np.random.Generator) -> DriftTable:
    try:
        return make_table(**columns, rng=rng)
    except BadValueError as error:
        line = next(islice(_rows(path), error.row, None), None)
        raise ValueError(f"{path}, line {line[0] if line else '?'}: {error.told}") from None
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None


def _check_header(path: str, names: list[str]) -> None:
    if not names:
        raise ValueError(f"{path} is empty; needed: columns {_COLUMNS}")
    for name in NEEDED:
        if name not in names:
            raise ValueError(f"{path} lacks column {name!r}; needed: {_COLUMNS}{_separator_hint(names)}")
    for name in (*NEEDED, *OPTIONAL):
        if names.count(name) > 1:
            raise ValueError(f"{path} has column {name!r} twice")


def _separator_hint(names: list[str]) -> str:
    for separator, shown in ((";", "';'"), ("\t", "tabs")):
        if any(separator in name for name in names):
            return f" (its columns are separated by {shown}; write commas between them, and points in numbers)"
    return ""


def _read(path: str, names: list[str], wanted: list[str]) -> Array:
    """[columns, rows]; numpy's own reader, which takes a million rows in a second, then ours to name a bad line."""
    places = [names.index(name) for name in wanted]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # that there are no rows
            rows = np.loadtxt(
                path, delimiter=",", skiprows=1, usecols=places, ndmin=2, quotechar='"', encoding="utf-8-sig"
            )
    except (ValueError, IndexError):
        raise ValueError(_bad_line(path, places)) from None
    return rows.reshape(-1, len(wanted)).T


def _rows(path: str) -> Iterator[tuple[int, list[str]]]:
    """Line and fields of the rows that numpy reads: it skips empty lines and comments."""
    with Path(path).open(newline="", encoding="utf-8-sig") as file:
        reader = csv.reader(file)
        next(reader)
        for row in reader:
            if row and not row[0].startswith("#"):
                yield reader.line_num, row


def _bad_line(path: str, places: list[int]) -> str:
    for line, row in _rows(path):
        try:
            [float(row[place].partition("#")[0]) for place in places]
        except (ValueError, IndexError):
            return f"{path}, line {line}: not a row of numbers: {','.join(row)[:60]!r}"
    return f"{path}: not a table of numbers"
