"""Tables from CSV files."""

import csv
from pathlib import Path

import numpy as np

from discovery.regression.table import Array, DriftTable, make_table

NEEDED, OPTIONAL = ("ratio", "advantage", "drift"), ("weight", "slope", "progress")
_COLUMNS = f"{', '.join(NEEDED)}, optionally {', '.join(OPTIONAL)}"


def read_samples(path: str, *, rng: np.random.Generator) -> DriftTable:
    """A table from a CSV file with columns ratio, advantage, drift and optionally weight, slope, progress.

    Raises:
        ValueError: the file is missing, lacks a column, or holds something that is not a number.
    """
    if not Path(path).is_file():
        raise ValueError(f"no such file: {path}")
    try:
        with Path(path).open(newline="", encoding="utf-8-sig") as file:
            header = next(csv.reader(file), [])
        names = [name.strip() for name in header]
        _check_header(path, names)
        wanted = [name for name in (*NEEDED, *OPTIONAL) if name in names]
        columns = _read(path, names, wanted)
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"cannot read {path}: {getattr(error, 'strerror', None) or 'not a text file'}") from None
    return make_table(**dict(zip(wanted, columns, strict=True)), rng=rng)


def _check_header(path: str, names: list[str]) -> None:
    if not names:
        raise ValueError(f"{path} is empty; needed: columns {_COLUMNS}")
    for name in NEEDED:
        if name not in names:
            raise ValueError(f"{path} lacks column {name!r}; needed: {_COLUMNS}")
    for name in (*NEEDED, *OPTIONAL):
        if names.count(name) > 1:
            raise ValueError(f"{path} has column {name!r} twice")


def _read(path: str, names: list[str], wanted: list[str]) -> Array:
    """[columns, rows]; numpy's own reader, which takes a million rows in a second, then ours to name a bad line."""
    places = [names.index(name) for name in wanted]
    try:
        rows = np.loadtxt(path, delimiter=",", skiprows=1, usecols=places, ndmin=2, quotechar='"', encoding="utf-8-sig")
    except (ValueError, IndexError):
        raise ValueError(_bad_line(path, places)) from None
    return rows.reshape(-1, len(wanted)).T


def _bad_line(path: str, places: list[int]) -> str:
    with Path(path).open(newline="", encoding="utf-8-sig") as file:
        reader = csv.reader(file)
        next(reader)
        for row in reader:
            try:
                [float(row[place]) for place in places]
            except (ValueError, IndexError):
                return f"{path}, line {reader.line_num}: not a row of numbers: {','.join(row)[:60]!r}"
    return f"{path}: not a table of numbers"
