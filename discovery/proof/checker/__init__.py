"""An independent checker of certificates: no code of the prover, no sympy. The format: discovery/proof/README.md.

Reading order: expression, interval, field (normal forms), region (facts), then the conditions: nonnegative with ladder,
domain, local, progress, and refutation.
"""

import json
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from flint import ctx

from discovery.proof.checker import domain, expression, local, nonnegative, progress, refutation
from discovery.proof.checker.expression import Rejected, add, fields, minus, mul, number, rational, read, where_in
from discovery.proof.checker.interval import INF, LEAST, Interval
from discovery.proof.checker.obligations import obligations
from discovery.proof.checker.region import Region, everywhere

FORMAT = "drift-certificate/1"
CONDITIONS = ("defined", "zero", "flat", "nonnegative")
MAX_BYTES = 20_000_000
_ONE_AT_A_TIME = threading.Lock()  # the table of trees and flint's precision are shared by all threads
__all__ = ["Rejected", "check", "check_file"]


def check(certificate: object) -> str:
    """The verdict that a certificate establishes, "proved" or "refuted".

    Raises:
        Rejected: it establishes nothing; one sentence says where and why.
    """
    try:
        with _ONE_AT_A_TIME, ctx.workprec(128):
            expression.forget()
            return _check(certificate)
    except Rejected:
        raise
    except Exception as error:  # whatever is wrong inside, nothing is established
        raise Rejected(f"malformed ({type(error).__name__}: {str(error)[:80]})") from error


def check_file(path: str | Path) -> str:
    """`check` of a JSON file; a key that stands twice, or NaN, is a rejection."""
    try:
        data = Path(path).read_bytes()
        if len(data) > MAX_BYTES:
            raise Rejected("the file is too large")
        certificate = json.loads(data, object_pairs_hook=_object, parse_constant=_no_number)
    except Rejected:
        raise
    except Exception as error:
        raise Rejected(f"no JSON file ({type(error).__name__})") from error
    return check(certificate)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(dict(pairs)) != len(pairs):
        raise Rejected("a key stands twice")
    return dict(pairs)


def _no_number(name: str) -> None:
    raise Rejected(f"{name} is no number")


def _check(data: Any) -> str:
    if isinstance(data, Mapping) and "inequality" in data:
        return _inequality(data)
    verdict = data.get("verdict") if isinstance(data, Mapping) else None
    if verdict not in ("proved", "refuted"):
        raise Rejected("the verdict is neither proved nor refuted")
    temporal = "breaks" in data or "progress" in data
    if verdict == "proved":
        parts = ("breaks", "at", "between") if temporal else CONDITIONS
    else:
        parts = ("refutation", "gauge", "progress") if temporal else ("refutation", "gauge")
    form, text, _, *given = fields(data, "format", "expression", "verdict", *parts)
    if form != FORMAT:
        raise Rejected(f"the format is not {FORMAT}")
    f = read(text, ("r", "A", "progress") if temporal else ("r", "A"))
    if verdict == "refuted":
        if temporal:
            f = progress.at(f, given.pop())
            if given[1] is not None:
                raise Rejected("a gauge is for formulas without progress")
        with where_in("refutation"):
            refutation.check(f, given[0])
        with where_in("gauge"):
            _gauge(f, given[1])
    elif temporal:
        for name, piece, block, base in progress.pieces(f, *given):
            with where_in(name):
                _conditions(piece, fields(block, *CONDITIONS), base)
    else:
        _conditions(f, given, everywhere())
    return verdict


def _conditions(f: expression.Node, given: Sequence[Any], base: Region) -> None:
    """Checks the four conditions of f on {0 < r}; for each progress in (0, 1) too if that is in the base."""
    with where_in("defined"):
        facts = domain.check(f, given[0], base)
    f = expression.without_zeros(f)  # what stands beside a factor 0 is defined, and that is all it has to be
    for name, check_part, part in (("zero", local.zero, given[1]), ("flat", local.flat, given[2])):
        with where_in(name):
            check_part(f, part, base)
    with where_in("nonnegative"):
        nonnegative.check(f, given[3], Region([*base.facts, *facts]))


def _gauge(f: expression.Node, data: Any) -> None:
    """f + c*(r - 1) is valid: the same drift in expectation, for E[r] = 1."""
    if data is None:
        return
    c, proof = fields(data, "c", "proof")
    value = rational(c)
    if "A" in f.symbols or value == 0 or not isinstance(proof, Mapping) or proof.get("verdict") != "proved":
        raise Rejected("a gauge is a proof of f + c*(r - 1), for f without A and c other than 0")
    fixed = read(proof.get("expression"))
    if not everywhere().equal(fixed, add(f, mul(number(value), minus(read("r"), number(1))))):
        raise Rejected("the proof is not of f + c*(r - 1)")
    if not set(obligations(f)) <= set(obligations(fixed)):  # what cancels in the sum may be undefined in f
        everywhere().require(f)
    _check(proof)


def _inequality(data: Any) -> str:
    """phi(u) >= 0 for all u of an interval [lo, hi, lo_open, hi_open]; an end null is infinite."""
    names = ("format", "verdict", "inequality", "region", "defined", "nonnegative")
    form, verdict, text, ends, defined, proof = fields(data, *names)
    opened = ends[2:] if isinstance(ends, list) else []
    if form != FORMAT or verdict != "proved" or [type(end) for end in opened] != [bool, bool]:
        raise Rejected("an inequality has a format, the verdict proved and a region [lo, hi, lo_open, hi_open]")
    lo, hi = (LEAST if ends[0] is None else rational(ends[0])), (INF if ends[1] is None else rational(ends[1]))
    bound = Interval((lo, int(ends[2] or ends[0] is None)), (hi, -int(ends[3] or ends[1] is None)))
    if bound.empty:
        raise Rejected("the interval is empty")
    phi = read(text, ("u",))
    with where_in("defined"):
        region = domain.check_everywhere(phi, defined, Region([(read("u", ("u",)), bound)], every=True))
    with where_in("nonnegative"):
        nonnegative.check(phi, proof, region)
    return verdict
