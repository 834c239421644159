"""Which rows a proposal is about: all, or those of one sign of the advantage."""

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from discovery.expression.evaluate import evaluate
from discovery.regression.backends.protocol import Proposal, Region
from discovery.regression.table import DriftTable

MUCH_BETTER = 100.0  # times the loss on the other half, of a run that was fitted on one half


def rows_of(region: Region, table: DriftTable) -> DriftTable:
    """The rows of a table on which a region's formulas are fitted."""
    if region is Region.WHOLE:
        return table
    return table.rows(table.advantage >= 0 if region is Region.POSITIVE else table.advantage < 0)


def measured(proposal: Proposal, table: DriftTable) -> Proposal:
    """The proposal with its mean squared error on the data of its region, inf where it is undefined there."""
    rows = rows_of(proposal.region, table)
    if len(rows) == 0 or rows.weight.sum() <= 0:
        return proposal
    with np.errstate(all="ignore"):
        error = evaluate(proposal.expr, {"r": rows.ratio, "A": rows.advantage}) - rows.drift
        loss = float(rows.weight @ error**2 / rows.weight.sum())
    return replace(proposal, loss=loss if math.isfinite(loss) else math.inf)


def halves_by_data(runs: Sequence[Sequence[Proposal]], table: DriftTable) -> tuple[Region, ...] | None:
    """The halves that two runs were fitted on, if the data leave no doubt: each is far better on one half."""
    if len(runs) != 2:
        return None
    found = tuple(_better_half(run, table) for run in runs)
    return found if set(found) == {Region.POSITIVE, Region.NEGATIVE} else None


def _better_half(run: Sequence[Proposal], table: DriftTable) -> Region:
    positive, negative = (
        min(measured(replace(proposal, region=region), table).loss for proposal in run)
        for region in (Region.POSITIVE, Region.NEGATIVE)
    )
    if positive * MUCH_BETTER < negative:
        return Region.POSITIVE
    return Region.NEGATIVE if negative * MUCH_BETTER < positive else Region.WHOLE
