"""The artifacts of a benchmark: rows, learning curves, diagnostics, the summary across environments."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from discovery.benchmark.jobs import diagnostic_points
from discovery.benchmark.scores import ScoreMatrix
from discovery.benchmark.statistics.summary import summary
from discovery.rl.config import PPOConfig
from discovery.rl.diagnostics import ends_of_stretches
from discovery.runs import CURVES, DIAGNOSTICS, PAGE, REPORT, SCORES, SUMMARY, Run

Verdicts = Mapping[str, Mapping[str, Any]]
"""What the prover says of each drift: `expression`, `verdict`, `gauge`; None of a network."""


def write_results(
    run: Run, matrices: Mapping[str, ScoreMatrix], normalise: str, verdicts: Verdicts
) -> list[dict[str, Any]]:
    """Write what the matrices say in place of what earlier ones said; returns the rows, as they are read again.

    All of it is made from cells: a run that was killed in here gets it again when it is gone on with.
    """
    if not matrices:  # the earlier results, if any, are of the same cells
        return []
    rows = [row for matrix in matrices.values() for row in rows_of(matrix, normalise, verdicts)]
    curves, diagnostics = {}, {}
    for label, matrix in matrices.items():
        for drift, runs in matrix.curves.items():
            curves[f"{label}/{drift}"] = runs
            diagnostics |= {f"{label}/{drift}/{name}": values for name, values in matrix.diagnostics[drift].items()}
        diagnostics[f"{label}/steps"] = diagnostic_steps(matrix.condition.config)
    run.remove(CURVES, DIAGNOSTICS, SUMMARY, SCORES)
    run.write_arrays(CURVES, curves)
    run.write_arrays(DIAGNOSTICS, diagnostics)
    run.write_json(SUMMARY, summaries(matrices, normalise))
    run.write_json(SCORES, rows)  # last: where it is, the others are, of the same conditions
    return run.read_json(SCORES)


def is_result(name: str) -> bool:
    """Whether an artifact is made of all that a benchmark compares: its results, its reports, their figures."""
    return name in (CURVES, DIAGNOSTICS, SUMMARY, SCORES, REPORT, PAGE) or name.endswith((".png", ".pdf"))


def rows_of(matrix: ScoreMatrix, normalise: str, verdicts: Verdicts) -> list[dict[str, Any]]:
    """The rows of one condition; the same matrix always gives the same intervals."""
    rows = matrix.rows(rng=np.random.default_rng(0), normalise=normalise)
    return [{**row, **verdicts[row["drift"]]} for row in rows]


def summaries(matrices: Mapping[str, ScoreMatrix], normalise: str) -> list[dict[str, Any]]:
    """The statistics across environments, one entry for each setting of a sweep."""
    by_setting: dict[tuple[tuple[str, float], ...], list[ScoreMatrix]] = {}
    for matrix in matrices.values():
        by_setting.setdefault(tuple(matrix.condition.swept.items()), []).append(matrix)
    return [
        summary(
            {matrix.condition.env: {name: matrix.scores(name) for name in matrix.curves} for matrix in alike},
            {matrix.condition.env: matrix.curves for matrix in alike},
            metric=alike[0].metric,
            rng=np.random.default_rng(0),
            normalise=normalise,
            settings=dict(swept),
        )
        for swept, alike in by_setting.items()
    ]


def diagnostic_steps(config: PPOConfig) -> np.ndarray:
    """Environment steps [points] at the end of each stretch that a point of the diagnostics is averaged over."""
    return config.batch_size * np.array(ends_of_stretches(config.num_updates, diagnostic_points(config)))
