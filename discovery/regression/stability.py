"""How firmly the rows hold a formula's constants: refits on bootstrap resamples."""

from collections.abc import Iterable

import numpy as np

from discovery.regression.fit import Rows, refine
from discovery.regression.halves import Scored
from discovery.regression.part import subsample

_ROWS = 1_000  # of a resample, at most
_STEPS = 8


def constants_of(pieces: Iterable[Scored], count: int, rng: np.random.Generator) -> tuple[tuple[float, float], ...]:
    """The constants of a formula's pieces, each with its standard deviation over `count` bootstrap resamples.

    A resample gives each row a Poisson(1) number of copies, which for many rows is the bootstrap; a refit starts from
    the formula's own constants. Deviations are scaled from the rows of a resample to those that were fitted.
    """
    return tuple(pair for piece in pieces for pair in _of_piece(piece, count, rng))


def _of_piece(piece: Scored, count: int, rng: np.random.Generator) -> list[tuple[float, float]]:
    if not count or not len(piece.constants):
        return [(float(value), 0.0) for value in piece.constants]
    many = piece.part.many
    rows = subsample(many.table, _ROWS, rng)
    fits = []
    for _ in range(count):
        resample = Rows(rows.weighted(rows.weight * rng.poisson(1, len(rows))), many.loss, power=many.power)
        fits.append(refine(piece.skeleton, piece.constants[None, :], resample, iterations=_STEPS).constants)
    deviations = np.std(fits, axis=0) * np.sqrt(len(rows) / len(many.table))
    return [(float(v), float(d)) for v, d in zip(piece.constants, deviations, strict=True)]
