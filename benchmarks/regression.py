"""Distillation side by side: our grammar search, pyoperon and gplearn on the same tables, seconds and cores.

Written to docs/regression.md: exact recoveries (NMSE < 1e-10 on fresh rows), the least error at the true formula's
size, and the share of front members that our prover proves to be valid drifts. pyoperon and gplearn get the features
r - 1, log r, A and their products; gplearn gets sqrt r as well and no protected operator. Both come with
`.[regressors]`. Below: how many formulas a second ours and pyoperon evaluate on one core.
"""

import argparse
import os
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import numpy as np

from benchmarks import candidates
from discovery.distillation import run_distillation, settled_distillation, verdicts_of
from discovery.expression.evaluate import evaluate
from discovery.expression.node import Expr
from discovery.expression.operators import complexity
from discovery.expression.parser import parse
from discovery.regression.backends.pysr import missing
from discovery.regression.config import DistilConfig
from discovery.regression.table import DriftTable, make_table

TARGETS = {
    "PPO": "relu(A*(r - clip(r, 0.8, 1.2)))",
    "DPO": "where(A >= 0, relu(A*(r - 1) - 2*tanh(A*(r - 1)/2)), relu(A*log(r) - 0.6*tanh(A*log(r)/0.6)))",
    "SPO": "2.5*abs(A)*(r - 1)**2",
    "KL times abs(A)": "abs(A)*(r - 1 - log(r))",
    "KL reverse": "r*log(r) - (r - 1)",
    "Hellinger": "(sqrt(r) - 1)**2",
    "two halves": "where(A >= 0, A*(r - 1 - log(r)), 0.5*A**2*(r - 1)**2)",
    "sum": "0.3*(r - 1 - log(r)) + relu(A*(r - 1) - 1.5*tanh(A*(r - 1)/1.5))",
    "softsign": "relu(A*log(r) - A*log(r)/sqrt(1 + (A*log(r)/1.3)**2))",
    "alpha 1.5": "(r**1.5 - 1.5*r + 0.5)/0.75",
}
ROWS, FRESH, EXACT = 2_000, 4_000, 1e-10
DOCUMENT = Path(__file__).parents[1] / "docs" / "regression.md"


@dataclass(frozen=True)
class Row:
    """One engine on one table."""

    exact: bool
    error: float  # the least NMSE on fresh rows among formulas no larger than the true one
    valid: float  # share of the front that is proved
    seconds: float


def table_of(expr: Expr, rows: int, seed: int) -> DriftTable:
    """log r uniform in [-1.5, 1.5], A normal with standard deviation 1.5."""
    rng = np.random.default_rng(seed)
    ratio, advantage = np.exp(rng.uniform(-1.5, 1.5, rows)), rng.normal(0, 1.5, rows)
    return make_table(ratio, advantage, evaluate(expr, {"r": ratio, "A": advantage}), rng=rng)


def ours(table: DriftTable, seconds: float, seed: int) -> list[Expr]:
    """The grammar search."""
    found = run_distillation(table, DistilConfig(seconds=seconds, seed=seed), progress=lambda *_: None)
    return [member.expr for member in found.front]


def operon(table: DriftTable, seconds: float, seed: int) -> list[Expr]:
    """pyoperon's own fronts, the halves joined pair by pair as they are."""
    return candidates.joined_fronts(candidates.operon(table, seconds, seed))


def operon_settled(table: DriftTable, seconds: float, seed: int) -> list[Expr]:
    """The same proposals, brought to valid forms by this package."""
    proposals = candidates.operon(table, seconds, seed)
    found = settled_distillation(proposals, table, DistilConfig(seed=seed), start=time.monotonic())
    return [member.expr for member in found.front]


def gplearn(table: DriftTable, seconds: float, seed: int) -> list[Expr]:
    """gplearn's last generation."""
    return candidates.gplearn(table, seconds, seed)


ENGINES: dict[str, Callable[[DriftTable, float, int], list[Expr]]] = {
    "ours": ours,
    "pyoperon": operon,
    "pyoperon, settled by us": operon_settled,
    "gplearn": gplearn,
}


def pysr(table: DriftTable, seconds: float, seed: int) -> list[Expr]:
    """PySR's proposals, brought to valid forms by this package; only where Julia is present."""
    found = run_distillation(table, DistilConfig(backend="pysr", seconds=seconds, seed=seed), progress=lambda *_: None)
    return [member.expr for member in found.front]


if missing() is None:
    ENGINES["PySR, settled by us"] = pysr


def measure(name: str, text: str, engine: str, seconds: float, seed: int) -> Row:
    """One engine on one target."""
    truth = parse(text)
    start = time.monotonic()
    front = ENGINES[engine](table_of(truth, ROWS, seed), seconds, seed)
    passed = time.monotonic() - start
    fresh = table_of(truth, FRESH, seed + 1_000)
    errors = {expr: _error(expr, fresh) for expr in front}
    small = [error for expr, error in errors.items() if complexity(expr) <= complexity(truth)]
    proved = [verdict == "proved" for verdict in verdicts_of(front)]
    row = Row(
        min(errors.values(), default=1.0) < EXACT,
        min(small, default=1.0),
        sum(proved) / max(1, len(proved)),
        passed,
    )
    print(f"{name:16} {engine:24} {row}", flush=True)
    return row


def _error(expr: Expr, fresh: DriftTable) -> float:
    with np.errstate(all="ignore"):
        error = np.mean((evaluate(expr, fresh.variables()) - fresh.drift) ** 2) / np.var(fresh.drift)
    return float(error) if np.isfinite(error) else np.inf


def _document(rows: dict[tuple[str, str], list[Row]], seconds: float, seeds: int, rates: dict[str, float]) -> str:
    lines = [
        "# Distillation side by side",
        "",
        f"{ROWS:,} rows without noise, {seconds:g} s a table (proofs and settling not counted in pyoperon's), "
        f"{os.cpu_count()} cores, {seeds} seeds, pyoperon {version('pyoperon')}, gplearn {version('gplearn')}, "
        f"{'no Julia, so no PySR' if missing() else 'PySR ' + version('pysr')}. Written by "
        "`python -m benchmarks regression`.",
        "",
        "Each cell: exact recoveries, and the median NMSE on fresh rows of the best formula no larger than the true "
        "one.",
        "",
        "| target | " + " | ".join(ENGINES) + " |",
        "|---" * (len(ENGINES) + 1) + "|",
    ]
    for name in TARGETS:
        cells = [rows[name, engine] for engine in ENGINES]
        shown = [
            f"{sum(r.exact for r in cell)}/{len(cell)}, {statistics.median(r.error for r in cell):.0e}"
            for cell in cells
        ]
        lines.append(f"| {name} | " + " | ".join(shown) + " |")
    for label, value in (("valid front members", "valid"), ("seconds, median", "seconds")):
        every = [[getattr(r, value) for name in TARGETS for r in rows[name, engine]] for engine in ENGINES]
        shown = [f"{statistics.mean(v):.0%}" if value == "valid" else f"{statistics.median(v):.0f}" for v in every]
        lines.append(f"| {label} | " + " | ".join(shown) + " |")
    lines += [
        "",
        "## Formulas evaluated",
        "",
        "On one core, the same formulas with the same constants on the same 256 rows (float32): formulas times rows a "
        "second. Ours runs a formula for 64 choices of its constants at once, and what is free of constants once.",
        "",
        "| ours | pyoperon | ratio |",
        "|---|---|---|",
        f"| {rates['ours']:.2e} | {rates['pyoperon']:.2e} | {rates['ours'] / rates['pyoperon']:.1f} |",
        "",
        f"Of a search's time on one thread, {rates['fitting']:.0%} passes in evaluating and fitting formulas.",
        "",
    ]
    return "\n".join(lines)


def main() -> None:
    """Measure and write the document."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks regression")
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--seeds", type=int, default=1)
    options = parser.parse_args([])
    rates = candidates.rates()
    print(rates, flush=True)
    rows = {
        (name, engine): [measure(name, text, engine, options.seconds, seed) for seed in range(options.seeds)]
        for name, text in TARGETS.items()
        for engine in ENGINES
    }
    DOCUMENT.write_text(_document(rows, options.seconds, options.seeds, rates))
    print(DOCUMENT)
