"""`drift verify --file`: unreadable lines, progress, certificates, a full disk, Ctrl-C."""

import json
import os
import resource
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from discovery.expression.canonical import content_hash
from discovery.expression.parser import parse

ROOT = Path(__file__).parents[2]
STAND_IN = ROOT / "tests" / "proof" / "stand_in.py"
WITH_STAND_IN = textwrap.dedent(f"""
    import sys
    sys.path[:0] = [{str(ROOT)!r}]
    from discovery import cli
    from discovery.proof import batch, worker
    from discovery.report import tally
    tally.EVERY_SECONDS = 0.3
    batch.WorkerPool = lambda memory: worker.WorkerPool(0, [{str(STAND_IN)!r}])
    sys.exit(cli.main(sys.argv[1:]))
""")


def drift(*args, **options):
    command = [sys.executable, str(ROOT / "cli.py"), *map(str, args)]
    return subprocess.run(command, capture_output=True, text=True, timeout=100, **options)


def stood_in(*args, **options):
    """`drift ARGS` with the prover of stand_in.py."""
    command = [sys.executable, "-c", WITH_STAND_IN, *map(str, args)]
    return subprocess.run(command, capture_output=True, text=True, timeout=100, **options)


def records(result):
    return [json.loads(line) for line in result.stdout.splitlines()]


def formulas(tmp_path, *lines):
    path = tmp_path / "formulas.txt"
    path.write_text("\n".join(lines) + "\n")
    return path


# unreadable lines


@pytest.mark.timeout(120)
def test_unreadable_lines_are_named_one_by_one_and_the_others_are_verified(tmp_path):
    lines = [
        "(r - 1)**2",
        "1/0",
        "+".join(["r"] * 3000),
        "exp(" * 101 + "r" + ")" * 101,
        "9" * 10**6,
        "os.system",
        "r +",
        "ppo",
        "r - 1  # fine",
    ]
    path = formulas(tmp_path, *lines)
    result = stood_in("verify", "--json", "--file", path, "--certificate", tmp_path / "certificates")
    assert result.returncode == 2
    assert [record["verdict"] for record in records(result)] == ["proved", "refuted"]
    assert [record["expression"] for record in records(result)] == ["(r - 1)**2", "r - 1"]
    parts = (
        "line 2: division by zero",
        "line 3: the expression has too many terms",
        "line 4: the expression is nested too deeply",
        "line 5: the expression has 1000000 characters",
        "line 6: column 3: character '.' is not allowed",
        "line 7: column 4: the expression ends too early",
        "line 8: 'ppo' is a drift of the zoo, no formula: drift zoo verifies it",
    )
    for part, message in zip(parts, result.stderr.splitlines(), strict=True):
        assert message.startswith(f"drift: verify: {path}, {part}")
        assert len(message) < 400
    assert len(list((tmp_path / "certificates").iterdir())) == 2


@pytest.mark.timeout(120)
def test_unreadable_lines_are_counted_at_the_end_for_people(tmp_path):
    result = stood_in("verify", "--file", "-", input="(r - 1)**2\nr +\n")
    assert result.returncode == 2
    assert result.stdout.startswith("proved (r - 1)**2")
    first, *_, last = result.stderr.splitlines()
    assert first == (
        "drift: verify: standard input, line 2: "
        "column 4: the expression ends too early; is a bracket or an operand missing? in 'r +'"
    )
    assert last == "1 of the lines of standard input cannot be read"


@pytest.mark.timeout(120)
def test_a_file_of_unreadable_lines_alone(tmp_path):
    result = drift("verify", "--json", "--file", formulas(tmp_path, "r +", "2r"))
    assert (result.returncode, result.stdout) == (2, "")
    assert len(result.stderr.splitlines()) == 2


@pytest.mark.timeout(120)
def test_a_mistake_in_the_command_itself_still_comes_before_all_work(tmp_path):
    result = drift("verify", "--json", "r - 1", "r +", "--file", formulas(tmp_path, "(r - 1)**2"))
    assert (result.returncode, result.stdout) == (2, "")
    assert len(result.stderr.splitlines()) == 1


@pytest.mark.timeout(120)
def test_long_sums_are_read():
    terms = " + ".join(f"(r - 1)**{2 * n}" for n in range(1, 151))
    (record,) = records(drift("verify", "--json", "--timeout", "5", terms))
    assert record["verdict"] in ("proved", "unknown")


@pytest.mark.timeout(120)
def test_a_script_on_standard_input_that_verifies_a_huge_constant():
    script = """
        from fractions import Fraction
        from discovery.expression.node import Number
        from discovery.expression.parser import parse
        from discovery.proof.batch import verify
        print([d.verdict.value for d in verify([Number(Fraction(10)**10**6), parse("r - 1")])])
    """
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-"],
        input=textwrap.dedent(script),
        capture_output=True,
        text=True,
        env=environment,
        timeout=60,
    )
    assert done.stdout == "['unknown', 'refuted']\n", done.stderr


# progress


@pytest.mark.timeout(120)
def test_progress_of_a_long_batch_goes_to_stderr(tmp_path):
    path = formulas(tmp_path, *(f"r - {n}" for n in range(2, 41)), "r")
    result = stood_in("verify", "--json", "--file", path, "--timeout", "5")
    assert len(records(result)) == 40
    lines = result.stderr.splitlines()
    assert lines
    assert all("of 40 formulas decided" in line for line in lines)
    assert "39 of 40 formulas decided" in lines[-1]


@pytest.mark.timeout(120)
def test_a_short_batch_ends_with_a_summary_alone():
    result = stood_in("verify", "r - 1", "(r - 1)**2", "A", "--timeout", "30")
    assert result.returncode == 1
    (line,) = result.stderr.splitlines()
    assert line.startswith("3 of 3 formulas decided in ")
    assert line.endswith(": 1 proved, 1 refuted, 1 unknown")
    assert stood_in("verify", "--json", "r - 1", "(r - 1)**2").stderr == ""


@pytest.mark.timeout(120)
def test_a_terminal_shows_a_live_line_and_stdout_stays_clean(tmp_path):
    import pty

    controller, terminal = pty.openpty()
    command = [sys.executable, "-c", WITH_STAND_IN, "verify", "--json", "r - 1", "(r - 1)**2", "r", "--timeout", "5"]
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "100"}
    result = subprocess.run(command, stdout=subprocess.PIPE, stderr=terminal, text=True, env=environment, timeout=60)
    os.close(terminal)
    shown = b""
    while True:
        try:
            shown += (chunk := os.read(controller, 1 << 16))
        except OSError:  # the other end is closed
            break
        if not chunk:
            break
    os.close(controller)
    assert [record["verdict"] for record in records(result)] == ["refuted", "proved", "unknown"]
    assert "1 proved, 1 refuted, 0 unknown" in shown.decode()


# certificates


@pytest.mark.timeout(120)
def test_certificates_are_written_for_what_is_decided(tmp_path):
    directory = tmp_path / "new" / "certificates"
    result = stood_in("verify", "--json", "(r - 1)**2", "r - 1", "A", "--timeout", "30", "--certificate", directory)
    proved, refuted, unknown = records(result)
    for record, text in ((proved, "(r - 1)**2"), (refuted, "r - 1")):
        path = Path(record["certificate"])
        assert path == directory / f"{content_hash(parse(text))}.json"
        assert json.loads(path.read_text())["expression"] == text
    assert unknown["certificate"] is None
    assert len(list(directory.iterdir())) == 2


@pytest.mark.timeout(120)
def test_a_directory_that_cannot_be_made_is_told_before_anything_is_verified(tmp_path):
    (tmp_path / "file").write_text("")
    result = drift("verify", "r - 1", "--certificate", tmp_path / "file" / "certificates")
    assert result.returncode == 2
    assert result.stdout == ""
    assert len(result.stderr.splitlines()) == 1
    assert f"--certificate: cannot write to {tmp_path / 'file' / 'certificates'}: Not a directory" in result.stderr


@pytest.mark.timeout(120)
def test_a_full_disk_loses_no_verdict_and_leaves_no_half_file(tmp_path):
    def small_files():  # bytes: room for the first certificate, not for the second
        resource.setrlimit(resource.RLIMIT_FSIZE, (130, 130))

    first, second = "r - 1", "log(r)*abs(A - 1.23456789)*exp(1.23456789*A)*tanh(r + 1.23456789)"
    directory = tmp_path / "certificates"
    args = ("verify", "--json", first, second, "(r - 1)**2", "--certificate", directory)
    result = stood_in(*args, preexec_fn=small_files)
    assert result.returncode == 2
    assert [record["verdict"] for record in records(result)] == ["refuted", "proved", "proved"]
    assert [record["certificate"] is not None for record in records(result)] == [True, False, False]
    assert "cannot write" in result.stderr
    assert "File too large" in result.stderr
    (kept,) = directory.iterdir()
    assert json.loads(kept.read_text())["expression"] == first


# Ctrl-C


@pytest.mark.timeout(120)
def test_ctrl_c_keeps_what_was_printed_and_leaves_no_process(tmp_path):
    path = formulas(tmp_path, "r - 1", "(r - 1)**2", "r", "log(r)", "A*r")
    command = [sys.executable, "-c", WITH_STAND_IN, "verify", "--json", "--file", str(path), "--timeout", "1000"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        first = [json.loads(process.stdout.readline()) for _ in range(2)]
        time.sleep(1)
        workers = subprocess.run(["pgrep", "-P", str(process.pid)], capture_output=True, text=True).stdout.split()
        start = time.monotonic()
        process.send_signal(signal.SIGINT)
        rest, told = process.communicate(timeout=60)
    assert time.monotonic() - start < 30
    assert process.returncode == 130
    assert [record["verdict"] for record in first] == ["refuted", "proved"]
    assert rest == ""
    assert told == "drift: interrupted\n"
    assert workers
    assert not any(Path(f"/proc/{pid}").exists() for pid in workers)
