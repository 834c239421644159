"""drift distil: sources, imports from PySR, an interrupted search, and one line for every mistake."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from discovery.cli import main
from discovery.runs import SEARCH, Run

ROOT = Path(__file__).parents[2]
PYSR_RUNS = ROOT / "tests" / "data" / "pysr_runs"
QUICK = ["--distil.max-cost", "3", "--distil.generations", "0", "--distil.bootstrap", "2"]


def distil(capsys, tmp_path, *args):
    code = main(["distil", *map(str, args), "--runs", str(tmp_path / "runs"), "--json"])
    told = capsys.readouterr()
    return code, [json.loads(line) for line in told.out.splitlines()], told.err


def table(path, function, rows=400):
    rng = np.random.default_rng(0)
    r, a = np.exp(rng.uniform(-1, 1, rows)), rng.normal(size=rows)
    np.savetxt(path, np.stack([r, a, function(r, a)], 1), delimiter=",", header="ratio,advantage,drift", comments="")
    return path


@pytest.mark.timeout(120)
def test_each_record_has_what_scripts_read(capsys, tmp_path):
    code, records, told = distil(capsys, tmp_path, "--drift", "expr:3*(r - 1)**2", *QUICK)
    assert code == 0
    fields = {"expression", "complexity", "nmse", "heldout_nmse", "verdict", "ties", "constants", "selected"}
    assert all(fields <= record.keys() for record in records)
    assert [record["expression"] for record in records if record["selected"]] == ["3*(r - 1)**2"]
    assert main(["check", *(record["certificate"] for record in records)]) == 0
    assert "an exact formula was found" in told


@pytest.mark.timeout(120)
def test_what_no_valid_drift_fits_is_told(capsys, tmp_path):
    path = table(tmp_path / "f.csv", lambda r, a: a * (r - 1 - np.log(r)), rows=2000)
    code, records, told = distil(capsys, tmp_path, "--samples", path, *QUICK)
    assert code == 0
    assert "no valid drift fits this table: it is -" in told
    assert all(record["verdict"] == "proved" for record in records)
    (run,) = (tmp_path / "runs").iterdir()
    assert Run.open(run).read_json(SEARCH)["misfits"][0]["condition"] == "nonnegative"


@pytest.mark.timeout(200)
def test_a_run_of_pysr_is_imported_with_and_without_data(capsys, tmp_path):
    code, records, told = distil(capsys, tmp_path, "--pysr-run", PYSR_RUNS / "kl_raw")
    assert code == 0
    assert [r["expression"] for r in records if r["selected"]] == ["abs(A)*(r - log(r) - 1)"]
    assert {r["verdict"] for r in records} == {"proved", "refuted"}
    assert "errors were not measured" in told
    assert all(record["nmse"] is None and record["reported_loss"] >= 0 for record in records)
    (run,) = (tmp_path / "runs").iterdir()
    assert main(["report", str(run)]) == 0
    path = table(tmp_path / "f.csv", lambda r, a: np.abs(a) * (r - 1 - np.log(r)))
    code, records, _ = distil(capsys, tmp_path, "--pysr-run", PYSR_RUNS / "kl_raw", "--samples", path)
    assert records[-1]["nmse"] < 1e-20


@pytest.mark.timeout(120)
def test_ctrl_c_keeps_the_best_so_far(tmp_path):
    path = table(tmp_path / "f.csv", lambda r, a: (r - 1) ** 2 + 0.1 * np.abs(np.sin(50 * r * a)))
    command = [sys.executable, str(ROOT / "cli.py"), "distil", "--samples", str(path), "--runs", str(tmp_path / "runs")]
    command += ["--json", "--distil.seconds", "1000", "--distil.generations", "100000"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if "screening" in line:
                break
        time.sleep(3)
        process.send_signal(signal.SIGINT)
        out, told = process.communicate(timeout=90)
    assert process.returncode == 130
    assert "interrupted" in told
    assert "Traceback" not in told
    assert len(out.splitlines()) >= 1
    (run,) = (tmp_path / "runs").iterdir()
    assert Run.open(run).read_json(SEARCH)["ended"] == "interrupted"


def csv(tmp_path, text):
    path = tmp_path / "bad.csv"
    path.write_text(text)
    return path


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ([], "0 sources given"),
        (["--drift", "ppo", "--samples", "x.csv"], "2 sources given"),
        (["--samples", "none.csv"], "no such file: none.csv"),
        (["--pysr-run", "none"], "none"),
        (["--drift", "ppo", "--distil.grammar", "lpp"], "did you mean lpo"),
        (["--drift", "ppo", "--distil.seconds", "0"], "seconds must be a positive number"),
        (["--drift", "ppo", "--distil.backend", "eureqa"], "backend"),
        (["--drift", "ppo", "--distil.ties", "0.5"], "ties must be at least 1"),
        (["--drift", "ppo", "--distil.max-cost", "99"], "max-cost must be at most 12; got 99"),
        (["--drift", "ppo", "--distil.grammar", "temporal"], "uses progress, which the table does not have"),
    ],
)
def test_mistakes_are_one_line_and_exit_code_2(capsys, tmp_path, args, message):
    code, records, told = distil(capsys, tmp_path, *args)
    assert code == 2
    assert not records
    assert message in told
    assert len(told.strip().splitlines()) == 1
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is empty"),
        ("ratio,advantage\n1,2\n", "lacks column 'drift'"),
        ("ratio,advantage,drift,drift\n1,2,3,4\n", "has column 'drift' twice"),
        ("ratio,advantage,drift\n1,2,3\n1,x,3\n", "line 3: not a row of numbers"),
        ("ratio,advantage,drift\n1,2\n", "line 2: not a row of numbers"),
        ("ratio,advantage,drift\n" + "1,2,3\n" * 30, "constant"),
        ("ratio,advantage,drift\n" + "0,2,3\n" * 30, "bad.csv, line 2: ratio is 0; it must be finite and > 0"),
        ("ratio,advantage,drift\n" + "1,inf,3\n" * 30, "bad.csv, line 2: advantage is inf; it must be finite"),
        ("ratio,advantage,drift,weight\n" + "1,2,3,0\n2,1,2,0\n" * 30, "weights sum to zero"),
        ("ratio,advantage,drift\n1,2,3\n", "too few"),
    ],
)
def test_bad_tables_are_one_line(capsys, tmp_path, text, message):
    code, _, told = distil(capsys, tmp_path, "--samples", csv(tmp_path, text), *QUICK)
    assert code == 2
    assert message in told
    assert len(told.strip().splitlines()) == 1
