"""Ours against sympy, z3 and cvc5 on one list: the known verdicts and the zoo of the tests (see docs/provers.md).

Each formula has five seconds in a process that is killed when they are over. z3 and cvc5 come with the extra `solvers`.
"""

import contextlib
import json
import select
import statistics
import subprocess
import sys
import time
from collections import Counter
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from rich.table import Table

from benchmarks.provers_child import PROVERS
from discovery.report.terminal import console

ROOT = Path(__file__).parents[1]
LIMIT, START = 5.0, 60.0
PACKAGES = {"ours": "drift-discovery", "sympy": "sympy", "z3": "z3-solver", "cvc5": "cvc5"}
# The entries of the zoo that are negative somewhere; the others are refuted for their slope or not at all.
NEGATIVE = frozenset(
    [
        "dual_clip",
        "dual_clip_where",
        "clip_without_min",
        "p3o_scopic",
        "sapo",
        "cispo",
        "log_surrogate",
        "k1",
        "k1_reverse",
    ]
)

COLUMNS = ("prover", "version", "true decided", "false decided", "wrong", "over time", "median s", "median s, decided")


def questions() -> list[tuple[str, str, str]]:
    """(name, formula, whether f >= 0: "true" or "false"), without repetition."""
    from tests.proof.zoo import ZOO

    known = json.loads((ROOT / "tests" / "data" / "known_verdicts.json").read_text())
    found = [(e["name"], e["expr"], str("nonneg" not in e["failing_condition"]).lower()) for e in known]
    found += [(name, text, str(name not in NEGATIVE).lower()) for name, (text, _) in ZOO.items()]
    return list({text: (name, text, truth) for name, text, truth in found}.values())


class Child:
    """A prover's process, started again after it was killed."""

    def __init__(self, name: str) -> None:
        self.command = [sys.executable, "-m", "benchmarks.provers_child", name]
        self.process: subprocess.Popen[str] | None = None

    def ask(self, text: str) -> dict:
        """The answer on one formula; undecided if the time is over or the process dies."""
        start = time.monotonic()
        if self.process is None:
            pipe, null = subprocess.PIPE, subprocess.DEVNULL
            self.process = subprocess.Popen(self.command, stdin=pipe, stdout=pipe, stderr=null, text=True, cwd=ROOT)
            if not self._line(START):
                raise RuntimeError(f"{' '.join(self.command)} does not start")
            start = time.monotonic()
        assert self.process.stdin is not None
        self.process.stdin.write(text + "\n")
        self.process.stdin.flush()
        line = self._line(LIMIT + 0.5)  # the solvers' own limit comes first
        if line:
            return json.loads(line)
        self.close()
        return {"answer": "undecided", "seconds": time.monotonic() - start, "note": "killed"}

    def _line(self, seconds: float) -> str:
        assert self.process is not None
        assert self.process.stdout is not None
        ready = select.select([self.process.stdout], [], [], seconds)[0]
        return self.process.stdout.readline() if ready else ""

    def close(self) -> None:
        """End the process."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None


def main() -> None:
    """Print the table, and every wrong answer."""
    asked = questions()
    true = sum(truth == "true" for _, _, truth in asked)
    false = len(asked) - true
    table = Table(title=f"f >= 0 for every r > 0 and real A: {true} true, {false} false; {LIMIT:g} s each")
    for column in COLUMNS:
        table.add_column(column)
    wrong = []
    for prover in PROVERS:
        try:
            release = version(PACKAGES[prover])
        except PackageNotFoundError:
            table.add_row(prover, "not installed: pip install '.[solvers]'")
            continue
        counts: Counter[str] = Counter()
        seconds, decided = [], []
        child = Child(prover)
        with contextlib.closing(child):
            for name, text, truth in asked:
                found = child.ask(text)
                seconds.append(found["seconds"])
                counts["over time"] += found["seconds"] >= LIMIT
                if found["answer"] == "undecided":
                    continue
                decided.append(found["seconds"])
                counts[truth if found["answer"] == truth else "wrong"] += 1
                if found["answer"] != truth:
                    wrong.append(f"{prover}: {name} is {truth}, not {found['answer']}")
        middle, of_decided = (f"{statistics.median(part):.3f}" if part else "-" for part in (seconds, decided))
        right = [f"{counts['true']}/{true}", f"{counts['false']}/{false}", counts["wrong"], counts["over time"]]
        table.add_row(prover, release, *map(str, right), middle, of_decided)
    console().print(table)
    for line in wrong:
        console().print(line)
