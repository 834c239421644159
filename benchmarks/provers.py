"""Ours against sympy, z3 and cvc5 on two lists of the tests: the drifts with known verdicts, and the published
inequalities in one real variable (see docs/provers.md).

Each question has five seconds in a process that is killed when they are over. z3 and cvc5 come with `.[solvers]`.
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
NEGATIVE = {"dual_clip", "dual_clip_where", "clip_without_min", "p3o_scopic", "sapo", "cispo", "log_surrogate"}
NEGATIVE |= {"k1", "k1_reverse"}

COLUMNS = ("prover", "version", "true decided", "false decided", "wrong", "over time", "median s", "median s, decided")


Question = tuple[str, dict, str]  # name; expression and domain; whether it is "true" or "false"


def drifts() -> list[Question]:
    """f(r, A) >= 0 for the known verdicts and the zoo, without repetition."""
    from tests.proof.zoo import ZOO

    known = json.loads((ROOT / "tests" / "data" / "known_verdicts.json").read_text())
    found = [(e["name"], e["expr"], "nonneg" not in e["failing_condition"]) for e in known]
    found += [(name, text, name not in NEGATIVE) for name, (text, _) in ZOO.items()]
    domain = {"r": ("0", None), "A": (None, None)}
    asked = {text: (name, {"expr": text, "domain": domain}, str(truth).lower()) for name, text, truth in found}
    return list(asked.values())


def inequalities() -> list[Question]:
    """phi(u) >= 0 on an interval, for the published inequalities."""
    entries = json.loads((ROOT / "tests" / "data" / "inequalities.json").read_text())
    return [(e["name"], {"expr": e["phi"], "domain": {"u": (e["lower"], e["upper"])}}, e["expected"]) for e in entries]


class Child:
    """A prover's process, started again after it was killed."""

    def __init__(self, name: str) -> None:
        self.command = [sys.executable, "-m", "benchmarks.provers_child", name]
        self.process: subprocess.Popen[str] | None = None

    def ask(self, question: dict) -> dict:
        """The answer on one question; undecided if the time is over or the process dies."""
        start = time.monotonic()
        if self.process is None:
            pipe, null = subprocess.PIPE, subprocess.DEVNULL
            self.process = subprocess.Popen(self.command, stdin=pipe, stdout=pipe, stderr=null, text=True, cwd=ROOT)
            if not self._line(START):
                raise RuntimeError(f"{' '.join(self.command)} does not start")
            start = time.monotonic()
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(question) + "\n")
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
    """Print both tables, and every wrong answer."""
    _compare("Drifts: f >= 0 for every r > 0 and real A", drifts())
    _compare("Published inequalities in one real variable", inequalities())


def _compare(title: str, asked: list[Question]) -> None:
    true = sum(truth == "true" for _, _, truth in asked)
    false = len(asked) - true
    table = Table(title=f"{title}: {true} true, {false} false; {LIMIT:g} s each")
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
            for name, question, truth in asked:
                found = child.ask(question)
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
