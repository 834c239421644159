"""The lemma of a production: if its slots keep their contracts, so does the result.

A derivation is then a proof by induction that its formula keeps the contract of the start type, which is that of a
valid drift. Slots are abstract functions, constants and progress any number of their range, r > 0 and A any number.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial

from discovery.expression.canonical import canonical
from discovery.expression.node import MINUS_ONE, ZERO, Expr, mul, symbols
from discovery.expression.printer import to_text
from discovery.grammar.abstract import Cell, RefusedError, Rule
from discovery.grammar.counterexample import counterexample
from discovery.grammar.domain import check_defined, check_smooth, pieces
from discovery.grammar.local import check_differentiable, check_slope
from discovery.grammar.model import type_of
from discovery.grammar.sign import SignProver

CONTINUOUS = "defined and continuous"


@dataclass(frozen=True)
class Lemma:
    """A proved rule.

    Attributes:
        methods: for each clause of the contract, how it is proved.
        seconds: what the proof took.
    """

    methods: dict[str, str]
    seconds: float = field(default=0.0, compare=False)


@dataclass(frozen=True)
class Refusal:
    """A rule that is not proved.

    Attributes:
        clause: the first clause that is not kept, or not proved to be kept.
        reason: what is missing.
        counterexample: values at which the clause fails, as text; None if none was found.
        hint: what would let the clause be proved, as text; "" if nothing is known.
    """

    clause: str
    reason: str
    counterexample: str | None
    hint: str = ""


def prove_rule(rule: Rule) -> Lemma | Refusal:
    """The lemma of a rule, or why there is none.

    An error inside a proof refuses the rule; a proof that a counterexample contradicts is no proof.
    """
    start = time.monotonic()
    methods: dict[str, str] = {}
    for clause, prove in _claims(rule):
        try:
            reason, methods[clause] = None, prove()
        except RefusedError as error:
            reason = str(error)
        except Exception as error:  # an unexpected exception inside a proof never proves anything
            reason = f"an internal error stopped the proof: {type(error).__name__}: {str(error)[:100]}"
        found = counterexample(rule, clause, thorough=reason is not None)
        if reason is not None or found is not None:
            hint = _zero_hint(rule) if clause == CONTINUOUS else ""
            return Refusal(clause, reason or "two methods contradict each other", found, hint)
    return Lemma(methods, time.monotonic() - start)


def _claims(rule: Rule) -> list[tuple[str, Callable[[], str]]]:
    """The clauses of the contract in the order of their proofs, each with its proof, which may refuse."""
    found: dict[Cell, Expr] = {}
    contract = rule.contract
    claims: list[tuple[str, Callable[[], str]]] = [(CONTINUOUS, lambda: _continuous(rule, found))]
    claims += [(f"free of {name}", partial(_free, rule, name)) for name in sorted(contract.free_of)]
    if contract.slope is not None:
        clause = "flat" if contract.slope == ZERO else f"slope {to_text(contract.slope)}"
        claims.append((clause, lambda: _told("one-sided derivatives", check_slope, rule, found)))
    if contract.smooth:
        claims.append(("smooth", lambda: _smooth(rule, found)))
    if contract.zero_at_zero:
        claims.append(("zero at A = 0", lambda: _zero_at_zero(rule, found)))
    for sign in contract.signs:
        clause = "nonnegative" if not symbols(sign) else f"sign {to_text(sign)}"
        claims.append((clause, partial(_sign, rule, found, sign)))
    if contract.positive:
        claims.append(("positive", lambda: _positive(rule, found)))
    return claims


def _told(method: str, check: Callable[[Rule, dict[Cell, Expr]], None], rule: Rule, found: dict[Cell, Expr]) -> str:
    check(rule, found)
    return method


def _continuous(rule: Rule, found: dict[Cell, Expr]) -> str:
    found.update(pieces(rule))
    for cell, piece in found.items():
        check_defined(rule, piece, rule.closed(cell))
    return "signs"


def _zero_hint(rule: Rule) -> str:
    """Which types should be zero at A = 0, if the rule is continuous then."""
    lacking = [name for name, slot in rule.slots.items() if not slot.zero_at_zero]
    slots = {name: replace(slot, zero_at_zero=True) for name, slot in rule.slots.items()}
    try:
        _continuous(replace(rule, slots=slots), {})
    except Exception:  # a hint that cannot be had is none
        return ""
    types = sorted({type_of(name) for name in lacking})
    return f"give {' and '.join(types)} the clause `zero at A = 0`" if types else ""


def _free(rule: Rule, name: str) -> str:
    if name in symbols(rule.formula):
        raise RefusedError(f"{name} occurs")
    for slot, contract in rule.slots.items():
        if name not in contract.free_of and not (name == "r" and slot not in symbols(rule.formula)):
            raise RefusedError(f"{slot} may depend on {name}")
    return "by its parts"


def _smooth(rule: Rule, found: dict[Cell, Expr]) -> str:
    check_smooth(rule)
    check_differentiable(rule, found)
    return "chain rule"


def _zero_at_zero(rule: Rule, found: dict[Cell, Expr]) -> str:
    for (i, _), piece in found.items():
        value = rule.on_edge(piece, (i, 0))
        if value != ZERO:
            raise RefusedError(f"its value at A = 0 is {to_text(value)}")
    return "substitution"


def _sign(rule: Rule, found: dict[Cell, Expr], sign: Expr) -> str:
    """u * E >= 0 on the closure of every cell."""
    methods = set()
    for cell, piece in found.items():
        assume = rule.closed(cell)
        size = assume.range(sign)
        if size.nonnegative:
            claim = piece
        elif size.nonpositive:
            claim = mul(MINUS_ONE, piece)
        else:
            claim = mul(sign, piece)
        proof = SignProver(frozenset(rule.constants), rule.positive).nonnegative(canonical(claim), assume)
        if proof is None:
            raise RefusedError(_where(cell))
        methods.add(proof)
    return ", ".join(sorted(methods - {"signs"})) or "signs"


def _positive(rule: Rule, found: dict[Cell, Expr]) -> str:
    for cell, piece in found.items():
        assume = rule.closed(cell)
        if not (assume.range(canonical(piece)).positive or assume.range(rule.normal(piece)).positive):
            raise RefusedError(_where(cell))
    return "signs"


def _where(cell: Cell) -> str:
    return f"no proof for r {'>=' if cell[0] > 0 else '<='} 1, A {'>=' if cell[1] > 0 else '<='} 0"
