"""How often the benchmark's intervals and words hold what they promise, by simulation.

`python -m benchmarks.intervals [coverage|null|power]`: some minutes on two cores. The tables of docs/statistics.md come
from here.
"""

import sys

import numpy as np
from numpy.typing import NDArray
from rich.table import Table
from scipy import stats
from scipy.optimize import brentq

from discovery.benchmark.statistics import compare, iqm_interval, seeds_needed
from discovery.report.terminal import console

DATASETS = 4_000
REPETITIONS = 1_000
LOCATIONS, SPREADS = np.array([0.2, 0.8, 1.0]), np.array([0.5, 0.2, 1.0])


def normal_scores(runs: int, tasks: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """[runs, tasks] normal scores, of another mean and spread in each task."""
    return rng.normal(LOCATIONS[:tasks], SPREADS[:tasks], (runs, tasks))


def skewed_scores(runs: int, tasks: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """[runs, tasks] scores with a long tail of bad runs: a location less an exponential."""
    return LOCATIONS[:tasks] - SPREADS[:tasks] * rng.exponential(size=(runs, tasks))


def true_iqm(distributions: list[stats.rv_continuous]) -> float:
    """The mean of the middle half of an equal mixture: 2 times the integral of x over it, between its quartiles."""

    def cdf(x: float) -> float:
        return float(np.mean([d.cdf(x) for d in distributions]))

    low, high = (brentq(lambda x, q=q: cdf(x) - q, -50, 50) for q in (0.25, 0.75))
    return 2 * float(np.mean([d.expect(lambda x: x, lb=low, ub=high) for d in distributions]))


def truths(tasks: int) -> dict[str, float]:
    """The IQM of the populations that the two samplers draw from."""
    pairs = list(zip(LOCATIONS[:tasks], SPREADS[:tasks], strict=True))
    return {
        "normal": true_iqm([stats.norm(mean, spread) for mean, spread in pairs]),
        "skewed": true_iqm([_negated_exponential(location, spread) for location, spread in pairs]),
    }


def _negated_exponential(location: float, spread: float) -> stats.rv_continuous:
    """location - spread * Exp(1) as a frozen distribution: the mirrored Weibull of shape 1."""
    return stats.weibull_max(1, loc=location, scale=spread)


def coverage() -> Table:
    """How many of the IQM's 95% intervals hold the population's IQM."""
    rng, table = np.random.default_rng(0), Table(title=f"coverage of the IQM's interval, {DATASETS} matrices each")
    for column in ("runs", "normal, 1 task", "normal, 3 tasks", "skewed, 1 task", "skewed, 3 tasks"):
        table.add_column(column, justify="right")
    samplers = {"normal": normal_scores, "skewed": skewed_scores}
    for runs in (4, 8, 16, 32, 64):
        cells = []
        for name, sampler in samplers.items():
            for tasks in (1, 3):
                truth, held = truths(tasks)[name], 0
                for _ in range(DATASETS):
                    interval = iqm_interval(sampler(runs, tasks, rng), rng=rng, repetitions=REPETITIONS)
                    held += interval.low <= truth <= interval.high
                cells.append(f"{100 * held / DATASETS:.1f}%")
        table.add_row(str(runs), *cells)
    return table


def null() -> Table:
    """How often the interval of P(improvement) leaves out 1/2 for equal drifts; words need four runs besides."""
    rng, table = (
        np.random.default_rng(1),
        Table(title=f"equal drifts whose interval leaves out 1/2, {DATASETS} pairs each"),
    )
    for column in ("runs", "1 task", "3 tasks"):
        table.add_column(column, justify="right")
    for runs in (2, 3, 4, 5, 8, 16, 32, 64):
        cells = []
        for tasks in (1, 3):
            said = 0
            for _ in range(DATASETS):
                x, y = rng.normal(size=(2, runs, tasks))
                probability = compare(x, y, rng=rng, repetitions=REPETITIONS).probability
                said += not probability.low <= 0.5 <= probability.high
            cells.append(f"{100 * said / DATASETS:.1f}%")
        table.add_row(str(runs), *cells)
    return table


def power() -> Table:
    """How often a difference is told apart with as many seeds as `seeds_needed` says; 80% is promised."""
    rng, table = np.random.default_rng(2), Table(title=f"power with the seeds of the note, {DATASETS // 2} pairs each")
    for column in ("P", "tasks", "seeds per arm", "told apart"):
        table.add_column(column, justify="right")
    for tasks in (1, 3):
        for probability in (0.6, 0.65, 0.7, 0.8, 0.9):
            seeds = seeds_needed(probability, tasks=tasks) or 0
            shift = np.sqrt(2) * stats.norm.ppf(probability)
            said = 0
            for _ in range(DATASETS // 2):
                x, y = rng.normal(size=(2, seeds, tasks))
                said += compare(x + shift, y, rng=rng, repetitions=REPETITIONS).word == "better"
            table.add_row(f"{probability:g}", str(tasks), str(seeds), f"{200 * said / DATASETS:.1f}%")
    return table


TABLES = {"coverage": coverage, "null": null, "power": power}


def main() -> None:
    """Print the wanted tables."""
    wanted = (sys.argv[1:] if __name__ == "__main__" else []) or list(TABLES)
    if unknown := set(wanted) - set(TABLES):
        raise SystemExit(f"unknown table {min(unknown)!r} (allowed: {', '.join(TABLES)})")
    for name in wanted:
        console().print(TABLES[name]())


if __name__ == "__main__":
    main()
