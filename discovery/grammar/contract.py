"""What a type promises of every formula u(r, A) that is derived from it.

Every type promises that u is a real number for r > 0 and real A, and continuous there. The clauses of its contract say
more:

    slope E          u(1, A) = 0 and both one-sided derivatives in r at r = 1 are E, an expression in A
    flat             slope 0
    sign E           u * E >= 0, for an expression E in r and A
    nonnegative      sign 1
    positive         u > 0
    drift            flat, nonnegative
    zero at A = 0    u(r, 0) = 0
    smooth           u is differentiable in r, by the chain rule alone; nothing is said about its value at r = 1
    free of A        u does not depend on A; likewise free of r
    where A >= 0     all of this for A >= 0 alone; likewise where A <= 0
"""

import re
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from discovery.expression.domain import is_total
from discovery.expression.node import ONE, ZERO, Apply, Expr, walk
from discovery.expression.parser import ParseError, parse
from discovery.expression.printer import to_text

_WORDS = {
    "flat": "flat",
    "nonnegative": "nonnegative",
    "positive": "positive",
    "drift": "drift",
    "zeroatA=0": "zero at A = 0",
    "smooth": "smooth",
    "freeofA": "free of A",
    "freeofr": "free of r",
    "whereA>=0": "where A >= 0",
    "whereA<=0": "where A <= 0",
}
CLAUSES = ("slope E", "sign E", *_WORDS.values())


@dataclass(frozen=True)
class Contract:
    """The clauses of a type.

    Attributes:
        slope: the derivative in r at r = 1, where the value is 0; None if nothing is promised.
        signs: expressions E with u * E >= 0.
        positive: u > 0.
        zero_at_zero: u(r, 0) = 0.
        smooth: differentiable in r by the chain rule.
        free_of: the symbols among r and A that u does not depend on.
        half: 1 if all this holds for A >= 0 alone, -1 if for A <= 0 alone, else 0.
    """

    slope: Expr | None = None
    signs: tuple[Expr, ...] = ()
    positive: bool = False
    zero_at_zero: bool = False
    smooth: bool = False
    free_of: frozenset[str] = frozenset()
    half: int = 0

    @property
    def is_drift(self) -> bool:
        """Whether it says that u is a valid drift for every A."""
        return self.slope == ZERO and (self.positive or ONE in self.signs) and self.half == 0

    def clauses(self) -> list[str]:
        """The clauses as they are written."""
        found = []
        if self.slope is not None:
            found.append("flat" if self.slope == ZERO else f"slope {to_text(self.slope)}")
        found += ["nonnegative" if sign == ONE else f"sign {to_text(sign)}" for sign in self.signs]
        found += ["positive"] * self.positive + ["zero at A = 0"] * self.zero_at_zero + ["smooth"] * self.smooth
        found += [f"free of {name}" for name in sorted(self.free_of)]
        return found + ([f"where A {'>=' if self.half > 0 else '<='} 0"] if self.half else [])

    def __str__(self) -> str:
        return ", ".join(self.clauses()) or "continuous"


def read_contract(text: str) -> Contract:
    """The contract that a list of clauses denotes.

    Raises:
        ValueError: a clause is unknown, occurs twice or contradicts another; one line. Columns are those of `text`.
    """
    said: dict[str, Any] = {}
    signs: list[Expr] = []
    for start, part in _split(text):
        clause = " ".join(part.split())
        for name, value in _read_clause(clause, part, start):
            if name == "signs":
                if value in signs:
                    raise ValueError(f"the clause {clause!r} says nothing new")
                signs.append(value)
            elif name == "free_of":
                said[name] = said.get(name, frozenset()) | value
            elif name in said:
                raise ValueError(f"the clause {clause!r} repeats or contradicts another")
            else:
                said[name] = value
    contract = Contract(**said, signs=tuple(signs))
    if contract.free_of >= {"r"} and (contract.slope is not None or contract.smooth):
        raise ValueError("'free of r' does not go with 'slope', 'flat', 'drift' or 'smooth'")
    if contract.slope is not None and contract.smooth:
        raise ValueError("'smooth' does not go with 'slope': a type has one of them")
    if contract.slope is not None and contract.positive:
        raise ValueError("'positive' does not go with 'slope': the value at r = 1 is 0")
    return contract


def _read_clause(clause: str, part: str, start: int) -> list[tuple[str, Any]]:
    """What a clause says; it stands in the contract as `part`, after `start` characters."""
    if found := re.match(r"\s*(slope|sign)\s+(?=\S)", part):
        name, allowed = ("slope", ("A",)) if found[1] == "slope" else ("signs", ("r", "A"))
        return [(name, _expression(part[found.end() :], allowed, clause, start + found.end()))]
    match re.sub(r"\s+", "", clause):
        case "flat":
            return [("slope", ZERO)]
        case "nonnegative":
            return [("signs", ONE)]
        case "drift":
            return [("slope", ZERO), ("signs", ONE)]
        case "positive" | "smooth" as word:
            return [(word, True)]
        case "zeroatA=0":
            return [("zero_at_zero", True)]
        case "freeofA" | "freeofr" as word:
            return [("free_of", frozenset(word[-1]))]
        case "whereA>=0" | "whereA<=0" as word:
            return [("half", 1 if ">" in word else -1)]
    close = get_close_matches(clause, _WORDS.values(), n=1)
    hint = f"; did you mean {close[0]!r}?" if close else ""
    raise ValueError(f"unknown clause {clause!r}{hint} (allowed: {', '.join(CLAUSES)})")


def _expression(text: str, allowed: tuple[str, ...], clause: str, start: int) -> Expr:
    try:
        expr = parse(text, allowed=allowed)
    except ParseError as error:
        raise ValueError(f"in the clause {clause!r}: {error.moved(start)}") from None
    jumps = any(isinstance(node, Apply) and node.op in ("where", "sign") for node in walk(expr))
    if jumps or not is_total(expr):
        raise ValueError(f"in the clause {clause!r}: the expression must be continuous for every r > 0 and A")
    return expr


def _split(text: str) -> list[tuple[int, str]]:
    """The clauses, parted by the commas that stand in no bracket, each with where it starts."""
    starts, depth = [0], 0
    for place, character in enumerate(text):
        depth += (character == "(") - (character == ")")
        if character == "," and depth == 0:
            starts.append(place + 1)
    ends = [start - 1 for start in starts[1:]] + [len(text)]
    parts = [(start, text[start:end]) for start, end in zip(starts, ends, strict=True)]
    if not all(part.strip() for _, part in parts):
        raise ValueError("a clause is missing")
    return parts
