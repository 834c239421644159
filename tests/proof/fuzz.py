"""Decide many random formulas and attack every verdict: `make fuzz`, or `python tests/proof/fuzz.py --count 2000`.

Formula number i of a seed is always the same. A run fails if a `proved` is contradicted by the oracle (mpmath at 500
bits, no code in common with the prover: fixed points, and the points that are lowest in float64), if the point of a
`refuted` does not check, if two methods of the prover contradict each other, or if too many are left unknown.
"""

import argparse
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from multiprocessing import get_context
from random import Random

import mpmath
import numpy as np
from oracle import objection, value
from random_formulas import text_of

from discovery.expression.evaluate import evaluate
from discovery.expression.node import Expr
from discovery.expression.parser import ParseError, parse
from discovery.proof.verdict import CONDITIONS, Decision
from discovery.proof.worker import Worker

SEED = 20221011
MAX_UNKNOWN = 0.03
_LOGS = np.concatenate([s * 10.0 ** np.arange(-6, 3, 0.25) for s in (1, -1)] + [np.linspace(-3, 3, 61)])
_ADVANTAGES = np.concatenate([s * 10.0 ** np.arange(-4, 5, 0.25) for s in (1, -1)] + [np.linspace(-4, 4, 41)])


@dataclass(frozen=True)
class Record:
    """One formula: its verdict, how long it took, what is wrong with it, and why it is unknown."""

    text: str
    verdict: str
    seconds: float
    problem: str | None
    cause: str


def formulas(count: int, seed: int = SEED) -> Iterator[str]:
    """The first `count` formulas of a seed."""
    return (text_of(Random(f"{seed} {index}")) for index in range(count))


def problem_with(expr: Expr, decision: Decision) -> str | None:
    """What is wrong with a verdict, or None."""
    for condition in decision.conditions.values():
        if "internal error" in condition.reason or "report" in condition.reason:
            return condition.reason
    return objection(expr, decision) or (_lowest_point(expr) if decision.verdict == "proved" else None)


def _lowest_point(expr: Expr) -> str | None:
    """Evidence against f >= 0 from the points that float64 finds lowest, absolutely and beside (log r)**2."""
    with np.errstate(all="ignore"):
        values = evaluate(expr, {"r": np.exp(_LOGS)[:, None], "A": _ADVANTAGES[None, :]})
        scaled = values / np.minimum(1, _LOGS**2)[:, None]
    for surface in (values, scaled):
        order = np.argsort(np.where(np.isnan(surface), -np.inf, surface), axis=None)[:6]
        for row, column in zip(*np.unravel_index(order, surface.shape), strict=True):
            r, A = Fraction(float(np.exp(_LOGS[row]))), Fraction(float(_ADVANTAGES[column]))
            exact = value(expr, r, A)
            if mpmath.isfinite(exact) and exact < -(mpmath.mpf(10) ** -80):
                return f"f({float(r)!r}, {float(A)!r}) = {mpmath.nstr(exact)}"
    return None


_WORKER: Worker | None = None


def check(text: str, timeout: float = 10.0) -> Record | None:
    """Decide one formula in a worker process with a hard limit, and attack the verdict; None if it is no formula."""
    global _WORKER
    _WORKER = _WORKER or Worker()
    try:
        expr = parse(text)
    except ParseError:  # a division by the constant 0
        return None
    decision = _WORKER.decide(expr, timeout)
    cause = ""
    if decision.verdict == "unknown":
        name = next(name for name in CONDITIONS if decision.conditions[name].verdict == "unknown")
        cause = f"{name}: {decision.conditions[name].reason}"
    try:
        problem = problem_with(expr, decision)
    except Exception as error:  # the oracle fell over: to be looked at, like a wrong verdict
        problem = f"the oracle failed: {type(error).__name__}: {error}"
    return Record(decision.expression or text, str(decision.verdict), decision.seconds, problem, cause)


def run(texts: Iterable[str], processes: int) -> Iterator[Record]:
    """Records in any order."""
    if processes == 1:
        yield from filter(None, map(check, texts))
        return
    with get_context("spawn").Pool(processes) as pool:
        yield from filter(None, pool.imap_unordered(check, texts, chunksize=20))


def summary(records: list[Record], shown: int = 12) -> str:
    """Counts, the slowest, the smallest unknown ones of each cause and all that is wrong."""
    counts = Counter(record.verdict for record in records)
    unknown = [record for record in records if record.verdict == "unknown"]
    seconds = sorted(record.seconds for record in records)
    lines = [
        f"{len(records)} formulas: " + ", ".join(f"{n} {name}" for name, n in sorted(counts.items())),
        f"unknown: {len(unknown) / len(records):.2%}",
        f"seconds: median {seconds[len(seconds) // 2]:.3f}, longest {seconds[-1]:.1f}",
        "slowest:",
    ]
    slowest = sorted(records, key=lambda record: -record.seconds)[:5]
    lines += [f"  {record.seconds:6.2f} s  {record.verdict:8}  {record.text[:160]}" for record in slowest]
    lines.append("unknown, the shortest of each cause:")
    causes: dict[str, list[Record]] = {}
    for record in sorted(unknown, key=lambda record: len(record.text)):
        causes.setdefault(_template(record.cause), []).append(record)
    for cause, found in sorted(causes.items(), key=lambda item: -len(item[1])):
        lines.append(f"  {len(found)} x {cause}")
        lines += [f"      {record.text[:200]}" for record in found[:shown]]
    wrong = [record for record in records if record.problem]
    lines.append(f"wrong: {len(wrong)}")
    lines += [f"  {record.verdict}  {record.text}\n      {record.problem}" for record in wrong]
    return "\n".join(lines)


def _template(cause: str) -> str:
    """The sentence without the formulas in it."""
    words = (word for word in cause.split() if word.rstrip(".,:").isalpha() and word not in ("A", "r"))
    return " ".join(words)


def main() -> int:
    """Run the fuzzer; 1 if a verdict is wrong or too many are unknown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--processes", type=int, default=2)
    arguments = parser.parse_args()
    records, start = [], time.monotonic()
    for record in run(formulas(arguments.count, arguments.seed), arguments.processes):
        records.append(record)
        if record.problem:
            print(f"WRONG {record.verdict}: {record.text}\n      {record.problem}", flush=True)
        if len(records) % 1000 == 0:
            print(f"{len(records)} done in {time.monotonic() - start:.0f} s", file=sys.stderr, flush=True)
    print(summary(records))
    unknown = sum(record.verdict == "unknown" for record in records)
    return int(any(record.problem for record in records) or unknown > MAX_UNKNOWN * len(records))


if __name__ == "__main__":
    sys.exit(main())
