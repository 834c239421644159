"""One prover in a process of its own: `python -m benchmarks.provers_child NAME`, started by `benchmarks.provers`.

Reads one question a line, {"expr", "domain"}: is expr >= 0 for all its symbols in these open intervals? Answers one
JSON object a line: {"answer": "true" | "false" | "undecided", "seconds", "note"}.
"""

import json
import os
import sys
import time
from collections.abc import Callable
from fractions import Fraction

from benchmarks.smt import Domain, script
from discovery.expression.node import Expr
from discovery.expression.parser import parse

LIMIT_MS = 5000
DRIFT = {"r": (Fraction(0), None), "A": (None, None)}
Prover = Callable[[Expr, Domain], str]


def ours() -> Prover:
    """`decide`: all four conditions, of which only f >= 0 is compared; `decide_inequality` in one real variable."""
    from discovery.proof.inequality import decide_inequality
    from discovery.proof.prove import decide

    answers = {"proved": "true", "refuted": "false", "unknown": "undecided"}

    def answer(expr: Expr, domain: Domain) -> str:
        if "u" in domain:
            lower, upper = domain["u"]
            return answers[decide_inequality(expr, lower=lower, upper=upper).verdict]
        return answers[decide(expr).conditions["nonnegative"].verdict]

    return answer


def sympy() -> Prover:
    """`is_nonnegative` as it is, simplified and factored; in one variable, then `minimum` over the interval."""
    from sympy import Interval, Rational, Symbol, factor, minimum, oo, simplify

    from discovery.expression import to_sympy

    def answer(expr: Expr, domain: Domain) -> str:
        lower, upper = next(iter(domain.values()))
        positive = lower is not None and lower >= 0
        to_sympy.SYMBOLS["u"] = Symbol("u", positive=True) if positive else Symbol("u", real=True)
        f = to_sympy.to_sympy(expr)
        for rewrite in (lambda e: e, simplify, factor):
            found = rewrite(f).is_nonnegative
            if found is not None:
                return "true" if found else "false"
        if len(f.free_symbols) == 1:
            (symbol,) = f.free_symbols
            ends = (-oo if lower is None else Rational(str(lower)), oo if upper is None else Rational(str(upper)))
            found = minimum(f, symbol, Interval.open(*ends)).is_nonnegative if symbol.name != "A" else None
            if found is not None:
                return "true" if found else "false"
        return "undecided"

    return answer


def z3() -> Prover:
    """Algebraic formulas alone: z3 has no exp, log or tanh."""
    import z3 as solver_library

    def answer(expr: Expr, domain: Domain) -> str:
        solver = solver_library.Solver()
        solver.set("timeout", LIMIT_MS)
        solver.add(solver_library.parse_smt2_string(script(expr, domain, transcendental=False)))
        return {"unsat": "true", "sat": "false"}.get(str(solver.check()), "undecided")

    return answer


def cvc5() -> Prover:
    """With exp and arctan (logic QF_NRAT)."""
    import cvc5 as library

    def answer(expr: Expr, domain: Domain) -> str:
        solver = library.Solver(library.TermManager())
        solver.setOption("tlimit-per", str(LIMIT_MS))
        reader = library.InputParser(solver)
        reader.setStringInput(library.InputLanguage.SMT_LIB_2_6, script(expr, domain, transcendental=True), "question")
        while not (command := reader.nextCommand()).isNull():
            command.invoke(solver, reader.getSymbolManager())
        found = solver.checkSat()
        return "true" if found.isUnsat() else "false" if found.isSat() else "undecided"

    return answer


PROVERS = {"ours": ours, "sympy": sympy, "z3": z3, "cvc5": cvc5}


def main() -> None:
    """Serve until standard input ends."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # whatever a library prints is no answer
    prover = PROVERS[sys.argv[1]]()
    prover(parse("(r - 1)**2"), DRIFT)  # imports and caches are not part of any time
    print("ready", file=answers, flush=True)
    for line in sys.stdin:
        question = json.loads(line)
        ends = {name: tuple(e and Fraction(e) for e in pair) for name, pair in question["domain"].items()}
        expr = parse(question["expr"], allowed=tuple(ends))
        start = time.perf_counter()
        try:
            answer, note = prover(expr, ends), ""
        except Exception as error:  # unsupported, or the tool fell over
            answer, note = "undecided", f"{type(error).__name__}: {str(error)[:80]}"
        seconds = time.perf_counter() - start
        print(json.dumps({"answer": answer, "seconds": seconds, "note": note}), file=answers, flush=True)


if __name__ == "__main__":
    main()
