"""How long the quick commands take from a cold start, as whole processes."""

import subprocess
import sys
import time

import numpy as np
from rich.table import Table

from discovery.report.terminal import console

COMMANDS = {"drift --help": ["--help"], "drift verify (two formulas)": ["verify", "(r-1)**2*abs(A)", "abs(r-1)"]}
REPEATS = 7


def main() -> None:
    """Print the table of seconds."""
    table = Table(title=f"Cold start, seconds ({REPEATS} runs)")
    for column in ("command", "median", "fastest", "slowest"):
        table.add_column(column)
    for name, args in COMMANDS.items():
        seconds = []
        for _ in range(REPEATS):
            start = time.perf_counter()
            subprocess.run([sys.executable, "-m", "discovery", *args], capture_output=True, check=False)
            seconds.append(time.perf_counter() - start)
        table.add_row(name, *(f"{value:.2f}" for value in (np.median(seconds), min(seconds), max(seconds))))
    console().print(table)
