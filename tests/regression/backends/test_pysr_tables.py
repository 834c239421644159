"""Tables that PySR wrote: real ones of 1.5.10 (40 to 60 s each), halves, backups, damaged rows."""

import shutil
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from discovery.expression.evaluate import evaluate
from discovery.expression.parser import parse
from discovery.regression.backends.protocol import Region
from discovery.regression.backends.pysr_tables import import_run
from discovery.regression.sampling import tabulate

RUNS = Path(__file__).parents[2] / "data" / "pysr_runs"
HEADER = "Complexity,Loss,Equation\n"


def run_of(folder, text, name="hall_of_fame.csv"):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text)
    return folder


@pytest.mark.parametrize("run", sorted(path.name for path in RUNS.iterdir()))
def test_every_row_of_a_real_table_is_read(run):
    problems = []
    proposals = import_run(RUNS / run, problem=problems.append)
    rows = (RUNS / run / "hall_of_fame.csv").read_text().splitlines()
    assert len(proposals) == len(rows) - 1
    assert not problems
    assert [p.complexity for p in proposals] == [int(row.split(",")[0]) for row in rows[1:]]
    assert all(a.loss > b.loss for a, b in pairwise(proposals))


def test_a_directory_of_runs_gives_them_all_each_with_its_half():
    proposals = import_run(RUNS)
    assert {p.region for p in proposals} == set(Region)
    whole = [p for p in proposals if p.region is Region.WHOLE]
    assert all("kl_raw" in p.source and "line" in p.source for p in whole)
    assert len(import_run([RUNS / "kl_raw", RUNS / "dpo_negative_features"])) == 8 + 15


def test_two_directories_are_halves_where_the_data_leave_no_doubt(tmp_path):
    positive, negative = "square(p) * square(A)", "square(l) * 3.0"
    runs = [run_of(tmp_path / n, HEADER + f'1,2.0,"p"\n5,0.1,"{t}"\n') for n, t in (("a", positive), ("b", negative))]
    drift = parse("where(A >= 0, A**2*(r - 1)**2, 3*log(r)**2)")
    table = tabulate(lambda r, a: evaluate(drift, {"r": r, "A": a}), rng=np.random.default_rng(0))
    assert [p.region for p in import_run(runs, table)] == [Region.POSITIVE] * 2 + [Region.NEGATIVE] * 2
    assert [p.region for p in import_run(runs[::-1], table)] == [Region.NEGATIVE] * 2 + [Region.POSITIVE] * 2
    assert {p.region for p in import_run(runs)} == {Region.WHOLE}
    assert {p.region for p in import_run(tmp_path, table)} == {Region.WHOLE}
    assert min(p.loss for p in import_run(runs, table)) == 0


def test_reported_losses_are_those_of_the_formula_on_such_data():
    """The table of a run is consistent with what its equations are read as: losses order as reported."""
    dpo = parse("relu(A*(r - 1) - 2*tanh(A*(r - 1)/2))")
    rng = np.random.default_rng(0)
    table = tabulate(lambda r, a: evaluate(dpo, {"r": r, "A": a}), rng=rng)
    reported = [p.loss for p in import_run(RUNS / "dpo_positive_features")]
    measured = [p.loss for p in import_run(RUNS / "dpo_positive_features", table)]
    assert np.corrcoef(np.log(reported), np.log(measured))[0, 1] > 0.99


def test_a_file_its_backup_and_an_interrupted_run_are_read(tmp_path):
    row = HEADER + '1,0.5,"relu(pA)"\n'
    backup = run_of(tmp_path / "a", row, "hall_of_fame.csv.bak")
    assert len(import_run(backup)) == 1
    run_of(tmp_path / "a", "")  # PySR was stopped while it wrote
    assert len(import_run(backup)) == 1
    assert import_run(run_of(tmp_path / "b", row) / "hall_of_fame.csv")[0].expr == parse("relu(A*(r - 1))")


def test_a_pickle_beside_the_table_is_not_opened(tmp_path):
    folder = run_of(tmp_path / "run", HEADER + "1,0.5,p\n")
    (folder / "checkpoint.pkl").write_bytes(b"cos\nsystem\n(S'touch pickled'\ntR.")
    import_run(folder)
    assert not Path("pickled").exists()


def test_a_row_that_cannot_be_read_is_told_and_the_others_are_kept(tmp_path):
    rows = '1,0.5,p\n2,0.4,"sin(p)"\n3,0.3,"relu(unknown)"\nx,0.2,p\n4,NaN,p\n5\n\n6,0.1,"square(p)"\n'
    problems = []
    proposals = import_run(run_of(tmp_path / "run", HEADER + rows), problem=problems.append)
    assert [p.complexity for p in proposals] == [1, 6]
    assert len(problems) == 5
    for problem, line in zip(problems, (3, 4, 5, 6, 7), strict=True):
        assert f"hall_of_fame.csv, line {line}: " in problem
        assert "\n" not in problem
    assert "unknown function 'sin'" in problems[0]
    assert "unknown variable 'unknown'" in problems[1]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Complexity,Loss\n1,2\n", "line 1: no column 'equation'"),
        ("", "holds no hall_of_fame.csv"),
        (HEADER, "holds no equations"),
        (HEADER + '1,2,"sin(p)"\n', "none of its 1 equations can be read"),
    ],
)
def test_tables_that_are_no_tables(tmp_path, text, message):
    with pytest.raises(ValueError, match=message) as caught:
        import_run(run_of(tmp_path / "run", text))
    assert "\n" not in str(caught.value)


def test_places_without_tables(tmp_path):
    with pytest.raises(ValueError, match="no such directory"):
        import_run(tmp_path / "none")
    with pytest.raises(ValueError, match="nor does any directory in it"):
        import_run(tmp_path)
    (tmp_path / "t.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ValueError, match="not a text file"):
        import_run(tmp_path / "t.csv")
    with pytest.raises(ValueError, match="no PySR run is given"):
        import_run([])


def test_upper_and_lower_case_headers_of_all_versions(tmp_path):
    shutil.copytree(RUNS / "kl_raw", tmp_path / "run")
    path = tmp_path / "run" / "hall_of_fame.csv"
    path.write_text(path.read_text().replace("Complexity,Loss,Equation", "complexity,loss,equation"))
    assert len(import_run(tmp_path / "run")) == 8
