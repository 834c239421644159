"""One prover in a process of its own: `python -m benchmarks.provers_child NAME`, started by `benchmarks.provers`.

Reads one formula a line, answers one JSON object a line: {"answer": "true" | "false" | "undecided", "seconds"}. The
question is always: f(r, A) >= 0 for every r > 0 and every real A?
"""

import json
import os
import sys
import time
from collections.abc import Callable

from discovery.expression.node import Expr, symbols
from discovery.expression.parser import parse

LIMIT_MS = 5000


def ours() -> Callable[[Expr], str]:
    """`decide`: all four conditions, of which only f >= 0 is compared."""
    from discovery.proof.prove import decide

    answers = {"proved": "true", "refuted": "false", "unknown": "undecided"}
    return lambda expr: answers[decide(expr).conditions["nonnegative"].verdict]


def sympy() -> Callable[[Expr], str]:
    """`is_nonnegative` as it is, simplified and factored; for formulas in r alone, then `minimum`."""
    from sympy import Interval, S, factor, minimum, oo, simplify

    from discovery.expression.to_sympy import SYMBOLS, to_sympy

    def answer(expr: Expr) -> str:
        f = to_sympy(expr)
        for rewrite in (lambda e: e, simplify, factor):
            found = rewrite(f).is_nonnegative
            if found is not None:
                return "true" if found else "false"
        if symbols(expr) <= {"r"}:
            least = minimum(f, SYMBOLS["r"], Interval.open(S.Zero, oo))
            found = least.is_nonnegative
            if found is not None:
                return "true" if found else "false"
        return "undecided"

    return answer


def z3() -> Callable[[Expr], str]:
    """Algebraic formulas alone: z3 has no exp, log or tanh."""
    import z3 as solver_library

    from benchmarks.smt import script

    def answer(expr: Expr) -> str:
        solver = solver_library.Solver()
        solver.set("timeout", LIMIT_MS)
        solver.add(solver_library.parse_smt2_string(script(expr, transcendental=False)))
        return {"unsat": "true", "sat": "false"}.get(str(solver.check()), "undecided")

    return answer


def cvc5() -> Callable[[Expr], str]:
    """With exp and arctan (logic QF_NRAT)."""
    import cvc5 as library

    from benchmarks.smt import script

    def answer(expr: Expr) -> str:
        solver = library.Solver(library.TermManager())
        solver.setOption("tlimit-per", str(LIMIT_MS))
        reader = library.InputParser(solver)
        reader.setStringInput(library.InputLanguage.SMT_LIB_2_6, script(expr, transcendental=True), "question")
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
    prover(parse("(r - 1)**2"))  # imports and caches are not part of any time
    print("ready", file=answers, flush=True)
    for line in sys.stdin:
        expr = parse(line)
        start = time.perf_counter()
        try:
            answer, note = prover(expr), ""
        except Exception as error:  # unsupported, or the tool fell over
            answer, note = "undecided", f"{type(error).__name__}: {str(error)[:80]}"
        seconds = time.perf_counter() - start
        print(json.dumps({"answer": answer, "seconds": seconds, "note": note}), file=answers, flush=True)


if __name__ == "__main__":
    main()
