"""A worker with a prover of one's own: `python stand_in.py BYTES`. What it does depends on the formula alone.

(r - 1)**2  proved, with evidence, once the lemma "easy" is there; the lemma is found with any effort
r - 1       refuted, with evidence
A           unknown, with the lemma "hard" not proved
log(r)      proved with full effort only; the first stage already knows that f is zero at r = 1
r           never returns with full effort
A**2        raises
"""

import os
import sys
import time
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))
from discovery.expression.printer import to_text
from discovery.proof.verdict import CONDITIONS, Condition, Counterexample, Decision, Verdict, unknown_decision
from discovery.proof.worker_main import serve


def decide(expr, *, gauge=True, lemmas=None, effort=None):
    text = to_text(expr)
    seen = sorted(lemmas)
    evidence = {"format": "stand-in", "expression": text, "seen": seen, "effort": effort, "pid": os.getpid()}
    proved = Decision(text, Verdict.PROVED, dict.fromkeys(CONDITIONS, Condition(Verdict.PROVED, "stand-in", "")))
    if text == "(r - 1)**2":
        lemmas["easy"] = ["proof"]
        return replace(proved, evidence=evidence)
    if text == "r - 1":
        conditions = dict.fromkeys(CONDITIONS, Condition(Verdict.REFUTED, "stand-in", ""))
        return replace(
            proved,
            verdict=Verdict.REFUTED,
            conditions=conditions,
            counterexample=Counterexample("1/2", "0", "-1/2"),
            evidence=evidence,
        )
    if text == "A":
        lemmas["hard"] = None
        return unknown_decision(text, f"effort {effort}; seen {seen}")
    if text == "A**2":
        lemmas["hard"] = None
        raise KeyError("a bug")
    if effort is None and text == "r":
        lemmas["hard"] = None
        time.sleep(3600)
    if effort is None:
        return replace(proved, evidence=evidence)
    partly = unknown_decision(text, "more effort is needed")
    return replace(partly, conditions={**partly.conditions, "zero": Condition(Verdict.PROVED, "stand-in", "")})


if __name__ == "__main__":
    serve(decide, sys.stdin, sys.stdout)
