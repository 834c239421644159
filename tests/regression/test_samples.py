"""Tables from CSV files: what is read, and what is told about a bad one."""

import warnings

import numpy as np
import pytest

from discovery.regression.samples import read_samples
from discovery.regression.table import make_table

HEADER = "ratio,advantage,drift"
RATIO, ADVANTAGE = np.exp(np.random.default_rng(0).normal(0, 0.5, 30)), np.random.default_rng(1).normal(size=30)
DRIFT = (RATIO - 1) ** 2
ROWS = [",".join(map(repr, row)) for row in np.stack([RATIO, ADVANTAGE, DRIFT], 1).tolist()]


@pytest.fixture
def read(tmp_path):
    def reader(*lines):
        path = tmp_path / "f.csv"
        path.write_text("\n".join(lines) + "\n")
        return read_samples(str(path), rng=np.random.default_rng(2))

    return reader


def test_names_of_columns_may_have_capitals_and_blanks(read):
    table = read(" Ratio ,ADVANTAGE,  Drift, Slope", *(f"{row},0" for row in ROWS))
    np.testing.assert_array_equal(table.drift, DRIFT)
    assert table.slope is not None


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ([HEADER, *ROWS[:19], "-1,2,3", *ROWS], r"f\.csv, line 21: ratio is -1; it must be finite and > 0"),
        ([HEADER, "# a comment", "", *ROWS[:4], "-0.0,2,3"], r"f\.csv, line 8: ratio is 0; it must be finite and > 0"),
        ([HEADER, *ROWS, "1,nan,3"], r"f\.csv, line 32: advantage is nan; it must be finite"),
        ([HEADER + ",weight", *(f"{row},1" for row in ROWS), ROWS[0] + ",-2.5"], "line 32: weight is -2.5; it must be"),
        ([HEADER, "", *ROWS, "1,x,3"], r"f\.csv, line 33: not a row of numbers: '1,x,3'"),
        ([HEADER, *ROWS[:5]], r"f\.csv: 5 rows are too few"),
        ([HEADER, ROWS[0]], r"f\.csv: 1 row is too few"),
        ([HEADER], r"f\.csv has a header and no rows"),
        (["ratio;advantage;drift", "1;2;3"], r"lacks column 'ratio'.*separated by ';'; write commas"),
        (["Ratio,ratio,advantage,drift"], r"f\.csv has column 'ratio' twice"),
    ],
)
@pytest.mark.filterwarnings("error")
def test_a_bad_file_is_told_with_its_line(read, lines, message):
    with pytest.raises(ValueError, match=message):
        read(*lines)


def test_a_folder_is_told(tmp_path):
    with pytest.raises(ValueError, match="is a folder"):
        read_samples(str(tmp_path), rng=np.random.default_rng(0))


def table(drift, weight=None):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return make_table(RATIO, ADVANTAGE, drift, weight, rng=np.random.default_rng(0))


@pytest.mark.parametrize(
    ("drift", "message"),
    [
        (1e120 * (1 + DRIFT), "too large: rescale it"),
        (1e308 * np.where(ADVANTAGE > 0, 1, -1), "too large: rescale it"),
        (np.where(np.arange(30) == 3, 1e200, DRIFT), "too large: rescale it"),
        (1e-170 * DRIFT, "too small: rescale it"),
        (0 * DRIFT, r"constant \(0\)"),
        (-0.0 * DRIFT, r"constant \(0\)"),
        (3 + 1e-13 * DRIFT, r"constant \(3\)"),
    ],
)
def test_a_drift_of_no_use_is_refused(drift, message):
    with pytest.raises(ValueError, match=message):
        table(drift)


def test_a_drift_that_varies_only_where_nothing_counts_is_constant():
    with pytest.raises(ValueError, match="constant"):
        table(np.where(np.arange(30) == 3, 1.0, 2.0), np.where(np.arange(30) == 3, 0.0, 1.0))


@pytest.mark.parametrize("scale", [1e-30, 1e-9, 1e90])
def test_small_and_large_drifts_are_no_constants(scale):
    assert table(scale * DRIFT).power == pytest.approx(scale**2 * table(DRIFT).power)
