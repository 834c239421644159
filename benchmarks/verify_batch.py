"""How long `drift verify --file` takes for 1,000 mixed candidates, as a whole process.

Half of them are sums, products and maxima of two drifts of the literature with constants of their own, half are random
formulas built from the parts that drifts are made of.
"""

import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter

from rich.table import Table

from discovery.drifts.zoo import ZOO
from discovery.expression.printer import to_text
from discovery.report.terminal import console

COUNT = 1_000
UNITS = (
    "(r - 1)*A",
    "log(r)*A",
    "(sqrt(r) - 1)*A",
    "(r - 1)",
    "log(r)",
    "(r - clip(r, 0.8, 1.2))*A",
    "A",
    "(r**2 - 1)",
)
PARTS = (
    "({u})**2", "log(cosh({u}))", "1 - exp(-({u})**2)", "({u})*tanh({u})", "abs({u})**1.5", "relu({u} - tanh({u}))",
    "exp({u}) - 1 - ({u})", "({u})*atan({u})", "asinh({u})**2","where({u} <= {c}, ({u})**2, 2*({u})**2)",
    "({u})**2 - {c}*({u})*tanh({u})", "exp(-{c}*({u}))*({v})**2", "({u})**2/({c} + ({v})**2)", "r - 1 - log(r)",
)  # fmt: skip
JOINS = ("{c}*{f}", "({f} + {g})", "({f} - {c}*{g})", "max({f}, {g})", "relu({f} - {g})", "({f})*({g})", "abs(A)*{f}")
PAIRS = ("{c}*({f}) + {d}*({g})", "{c}*({f})*({g})", "max({c}*({f}), {d}*({g}))", "{c}*abs(A)*({f})")


def candidates(count: int, seed: int = 0) -> list[str]:
    """Texts of `count` formulas; the same for the same seed."""
    rng = random.Random(seed)
    drifts = [to_text(entry.expr) for entry in ZOO.values()]

    def constant() -> str:
        return f"{rng.uniform(0.05, 4):.2g}"

    def part() -> str:
        return f"({rng.choice(PARTS).format(u=rng.choice(UNITS), v=rng.choice(UNITS), c=constant())})"

    found = []
    for index in range(count):
        shapes, members = (PAIRS, [rng.choice(drifts) for _ in range(2)]) if index % 2 else (JOINS, [part(), part()])
        found.append(rng.choice(shapes).format(f=members[0], g=members[1], c=constant(), d=constant()))
    return found


def main() -> None:
    """Print the table of seconds and verdicts."""
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
        file.write("\n".join(candidates(COUNT)) + "\n")
        file.flush()
        start = time.perf_counter()
        command = [sys.executable, "-m", "discovery", "verify", "--json", "--file", file.name]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
        seconds = time.perf_counter() - start
    records = [json.loads(line) for line in done.stdout.splitlines()]
    verdicts = Counter(record["verdict"] for record in records)
    slowest = max(records, key=lambda record: record["seconds"])
    table = Table(title=f"drift verify --file, {COUNT} mixed candidates, {os.cpu_count()} cores")
    for column in ("seconds", "proved", "refuted", "unknown", "slowest", "its formula"):
        table.add_column(column, overflow="fold")
    counts = [str(verdicts[name]) for name in ("proved", "refuted", "unknown")]
    table.add_row(f"{seconds:.1f}", *counts, f"{slowest['seconds']:.2f} s", slowest["expression"])
    console().print(table)
