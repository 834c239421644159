"""Proposals to candidates: tidied, merged, and proved in the version that the data cannot tell from the proposal."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain

import numpy as np

from discovery.expression.canonical import canonical
from discovery.expression.evaluate import evaluate
from discovery.expression.node import Apply, Expr
from discovery.expression.operators import complexity
from discovery.expression.printer import to_text
from discovery.expression.projection import relu_residual, residual_projection
from discovery.regression.backends.constants import refitted, snapped
from discovery.regression.backends.protocol import Proposal, Region
from discovery.regression.backends.prune import pruned
from discovery.regression.backends.versions import AS_IT_IS, versions, where_advantage
from discovery.regression.backends.yardstick import Yardstick, yardstick
from discovery.regression.table import DriftTable

Decide = Callable[[list[Expr]], list[str]]
FACTOR = 1.05
PROVED = "proved"
_SAME = 1e-12  # of the mean square: formulas that differ by less are one
_NOTHING = 1e-26  # a mean squared difference that is rounding


@dataclass(frozen=True)
class Settled:
    """What became of a proposal.

    Attributes:
        expr: the formula that the verdict is about, canonical.
        verdict: "proved", "refuted" or "unknown".
        how: the version that was proved; "as it is", shortened, if none was.
        loss: mean squared error of `expr` on its region, on at most `yardstick.ROWS` rows of the data; without data,
            as the engine reported it.
        region: the advantages it was fitted on; where those are a half, `half` is the formula for it.
        half: as it may be joined with a formula for the other half.
        source: where the proposal comes from.
        proposed: text of the proposal.
        merged: texts of proposals that were found to be the same.
    """

    expr: Expr
    verdict: str
    how: str
    loss: float
    region: Region
    half: Expr
    source: str
    proposed: str
    merged: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """For people: "proved", or "unverified (refuted)"."""
        return PROVED if self.verdict == PROVED else f"unverified ({self.verdict})"


def settle(
    proposals: Sequence[Proposal], decide: Decide, table: DriftTable | None = None, *, factor: float = FACTOR
) -> list[Settled]:
    """Every proposal as a formula with a verdict, simplest first; halves are settled, then joined and proved again.

    Args:
        proposals: of any engine.
        decide: verdicts ("proved", "refuted", "unknown") for canonical formulas, in order; the prover, handed in.
        table: the data by which constants are fitted again and shortened and parts dropped; without it the
            proposal's own values and the loss that the engine reported stand in.
        factor: what is equal on the data: a version's loss may be so many times the proposal's.

    Returns:
        one `Settled` for each formula that is different on the data. One without a proved version keeps its own text
        and the verdict that the prover gave. Where there are formulas for both halves, the joined ones are returned
        in place of the valid halves; halves without a proof are returned as well.
    """
    tidied = [_tidied(proposal, table, factor) for proposal in proposals]
    groups = _merged(tidied)
    settled = _decided(groups, decide, table)
    halves = [[s for s in settled if s.region is region] for region in (Region.POSITIVE, Region.NEGATIVE)]
    if not all(halves):
        return _sorted(settled)
    joined = [[_Tidied(p, p.expr, yardstick(p, table, factor=factor))] for p in join(*halves)]
    kept = [s for s in settled if s.region is Region.WHOLE or s.verdict != PROVED]
    known = {s.expr for s in kept}
    return _sorted(kept + [s for s in _decided(joined, decide, table) if s.expr not in known])


def join(positive: Sequence[Settled], negative: Sequence[Settled]) -> list[Proposal]:
    """where(A >= 0, x, y) for formulas of the two halves: of all pairs the best of each complexity.

    Halves that are valid come first, for a pair with an invalid half is not valid; so do pairs that are equal at A = 0,
    for the others jump there. The loss is the mean of the two losses.
    """
    sides = [[s for s in half if s.verdict == PROVED] or list(half) for half in (positive, negative)]
    halves = [(x, y) for x in sides[0] for y in sides[1]]
    pairs = [
        Proposal(canonical(where_advantage(x.half, y.half)), (x.loss + y.loss) / 2, None, f"{x.source} and {y.source}")
        for x, y in [(x, y) for x, y in halves if _meet(x.half, y.half)] or halves
    ]
    front: list[Proposal] = []
    for pair in sorted(pairs, key=lambda p: (complexity(p.expr), p.loss, to_text(p.expr))):
        if not front or pair.loss < front[-1].loss:
            front.append(pair)
    return front


def _meet(x: Expr, y: Expr) -> bool:
    """Whether the two are equal at A = 0, by their values there."""
    places = {"r": np.exp(np.linspace(-2, 2, 41)), "A": 0.0}
    return bool(np.allclose(evaluate(x, places), evaluate(y, places), rtol=1e-9, atol=1e-12))


def _sorted(settled: list[Settled]) -> list[Settled]:
    return sorted(settled, key=lambda s: (complexity(s.expr), s.loss, to_text(s.expr)))


@dataclass(frozen=True)
class _Tidied:
    """A proposal, its short form, and by what that is judged."""

    proposal: Proposal
    expr: Expr
    stick: Yardstick


def _tidied(proposal: Proposal, table: DriftTable | None, factor: float) -> _Tidied:
    measure = yardstick(proposal, table, factor=factor)
    g = proposal.residual_of
    stick = measure if g is None else replace(measure, combine=relu_residual)
    expr = pruned(proposal.expr if g is None else g, stick)
    fitted = refitted(expr, stick)
    # the engine's float32 constants must not set the limit: it is that of the refitted formula
    if table is not None:
        stick = replace(stick, limit=min(stick.limit, factor * stick.loss(fitted) + stick.floor))
    expr = pruned(snapped(pruned(fitted, stick), stick), stick)
    return _Tidied(proposal, stick.combine(expr), replace(measure, limit=stick.limit))


def _merged(tidied: list[_Tidied]) -> list[list[_Tidied]]:
    """Groups of formulas of one region that are the same function on its rows, each the simplest first."""
    groups: list[list[_Tidied]] = []
    for item in sorted(tidied, key=lambda t: (complexity(t.expr), to_text(t.expr))):
        for group in groups:
            if group[0].proposal.region is item.proposal.region and _same(group[0], item):
                group.append(item)
                break
        else:
            groups.append([item])
    return groups


def _same(a: _Tidied, b: _Tidied) -> bool:
    if a.expr == b.expr:
        return True
    x, y = a.stick.values(a.expr), a.stick.values(b.expr)
    with np.errstate(all="ignore"):
        return bool(a.stick.weight @ (x - y) ** 2 <= _SAME * (a.stick.weight @ x**2) + _NOTHING)


@dataclass(frozen=True)
class _Offer:
    """A version of a proposal that may be proved."""

    item: _Tidied
    how: str
    expr: Expr


def _decided(groups: list[list[_Tidied]], decide: Decide, table: DriftTable | None) -> list[Settled]:
    """The verdicts, round by round: what has no proof yet offers its next version."""
    queues = [chain.from_iterable(map(_offers, group)) for group in groups]
    asked: list[list[tuple[_Offer, str]]] = [[] for _ in groups]
    waiting = list(range(len(groups)))
    while offers := [(i, offer) for i in waiting if (offer := next(queues[i], None)) is not None]:
        verdicts = decide([offer.expr for _, offer in offers])
        for (i, offer), verdict in zip(offers, verdicts, strict=True):
            asked[i].append((offer, verdict))
        waiting = [i for i, _ in offers if asked[i][-1][1] != PROVED]
    return [_settled(group, answers, table) for group, answers in zip(groups, asked, strict=True)]


def _offers(item: _Tidied) -> Iterator[_Offer]:
    """The formula as it is, as it was proposed, then versions equal to it on the data, the last fitted again."""
    region = item.proposal.region
    nearest = versions(item.expr, region)
    yield _Offer(item, *next(nearest))
    if item.proposal.expr != item.expr:  # what the data do not need may be what makes it valid
        yield _Offer(item, "as proposed", item.proposal.expr)
    for how, expr in nearest:
        if item.stick.equal(expr):
            yield _Offer(item, how, expr)
    again = _projected_again(item)
    if again is not None:
        for how, expr in versions(again, region):
            if how.startswith(AS_IT_IS) and item.stick.equal(expr):
                yield _Offer(item, how.replace(AS_IT_IS, "ReLU of the residual projection, fitted again"), expr)


def _projected_again(item: _Tidied) -> Expr | None:
    """ReLU of the residual projection of the formula (within its ReLU), with its constants fitted for that."""
    g = item.expr.args[0] if isinstance(item.expr, Apply) and item.expr.op == "relu" else item.expr
    stick = replace(item.stick, combine=relu_residual)
    if residual_projection(g) is None:
        return None
    g = refitted(g, stick)
    return stick.combine(snapped(g, stick)) if stick.equal(g) else None


def _settled(group: list[_Tidied], answers: list[tuple[_Offer, str]], table: DriftTable | None) -> Settled:
    """The first version with a proof, else the formula as it is with its own verdict."""
    offer, verdict = next((answer for answer in answers if answer[1] == PROVED), answers[0])
    item, region = offer.item, offer.item.proposal.region
    return Settled(
        expr=offer.expr,
        verdict=verdict,
        how=offer.how,
        loss=item.proposal.loss if table is None else item.stick.loss(offer.expr),
        region=region,
        half=_half_of(offer.expr, region),
        source=item.proposal.source,
        proposed=to_text(item.proposal.expr),
        merged=tuple(to_text(other.proposal.expr) for other in group if other is not item),
    )


def _half_of(expr: Expr, region: Region) -> Expr:
    """x of where(A >= 0, x, 0), y of where(A >= 0, 0, y)."""
    if region is not Region.WHOLE and isinstance(expr, Apply) and expr.op == "where":
        return expr.args[1 if region is Region.POSITIVE else 2]
    return expr
