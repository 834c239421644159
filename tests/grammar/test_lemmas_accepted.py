"""True rules are proved, and what they derive from concrete parts keeps the contract numerically."""

import numpy as np
import pytest

from discovery.grammar.enumerate import assemble, enumerate_skeletons
from discovery.grammar.grammar import read_grammar
from tests.grammar.test_grammar import instance, keeps
from tests.grammar.types_to_attack import extended

TRUE = [
    "tangent = log(r)",
    "tangent = 1 - 1/r",
    "tangent = 2*(sqrt(r) - 1)",
    "tangent = (r**p - 1)/p",
    "tangent = c*tanh(tangent/c)",
    "tangent = r*log(r)",
    "tangent = (r**2-1)/2",
    "push = c*tanh(push/c)",
    "push = clip(push, -c, c)",
    "push = c*asinh(push/c)",
    "push = push/(1 + abs(push)/c)",
    "push = push/sqrt(1+(push/c)**2)",
    "push = push*exp(-abs(push)/c)",
    "push = A*clip(tangent, -width, width)",
    "push = push/(1+weight*abs(tangent))",
    "push = A*log(clip(r, 1-width, 1+width))",
    "push = A*log(clip(r, 1-width, 1+width_2))",
    "flat = push - clip(push, -c, c)",
    "flat = A*(r - clip(r, 1 - width, 1 + width))",
    "gap = A*(r - clip(r, 1 - width, 1 + width_2))",
    "gap = push - c*atan(push/c)",
    "gap = push - c*asinh(push/c)",
    "gap = push - push/sqrt(1+(push/c)**2)",
    "gap = push - push/(1+abs(push)/c)",
    "gap = push - clip(push,-c,c)",
    "gap = c*sinh(push/c) - push",
    "gap = A*tangent**3",
    "flat = A*tangent*tangent_2",
    "tapered = push**2",
    "tapered = abs(push)**p",
    "tapered = push*tanh(push/c)",
    "tapered = push*asinh(push/c)",
    "tapered = push**2/(1+push**2)",
    "tapered = sqrt(1+push**2)-1",
    "tapered = c**2*log(cosh(push/c))",
    "tapered = cosh(push)-1",
    "tapered = 1-sech(push/c)",
    "tapered = 1-exp(-push**2)",
    "tapered = abs(A)*divergence",
    "tapered = c*tanh(tapered/c)",
    "tapered = tapered/(c+tapered)",
    "tapered = log(1+tapered/c)",
    "tapered = max(tapered,tapered_2)",
    "tapered = min(tapered,tapered_2)",
    "tapered = push*clip(push,-c,c) - clip(push,-c,c)**2/2",
    "tapered = abs(push) - log(1+abs(push))",
    "divergence = r - 1 - log(r)",
    "divergence = r*log(r) - (r - 1)",
    "divergence = (r-1)*log(r)",
    "divergence = r*log(r) - (r+1)*log((1+r)/2)",
    "divergence = (r-1)**2/r",
    "divergence = (sqrt(r)-1)**2",
    "divergence = tangent*tangent_2",
    "divergence = (r**p - 1)/p - log(r)",
    "divergence = abs(tangent)**p",
    "drift = relu(smooth - smooth_at_1 - (r-1)*smooth_slope_at_1)",
    "drift = where(A >= 0, tapered, tapered_2)",
    "drift = where(A >= 0, tapered, push**2)",
    "drift = exp(push) - 1 - push",
    "drift = r**A - 1 - A*log(r)",
    "drift = progress*tapered + (1-progress)*tapered_2",
    "drift = softplus(push) - log(2) - push/2",
    "drift = relu(gap)",
    "drift = A*gap*(r-1)",
    "drift = abs(gap)",
    "drift = relu(A*(r-1) - tangent*A)",
    "smooth = tanh(smooth)",
    "smooth = A*smooth",
    "smooth = smooth*log(r)",
    "smooth = exp(c*A*log(r))",
    "smooth = abs(A)*r",
    "smooth = r**A",
    "weight = A**2",
    "weight = tanh(abs(A)/c)",
    "weight = A**2/(1+A**2)",
    "weight = sqrt(1+A**2)",
    "weight = sqrt(abs(A))",
    "push = where(r >= 1, push, push_2)",
    "tapered = where(A*(r - 1) >= 0, tapered, tapered_2)",
    "drift = where(A >= 0, above, tapered)",
    "above = A*divergence/(c + A)",
    "above = relu(A)*divergence",
    "tapered = sign(A)*A*divergence",
    "tapered = (1 + sign(r - 1))*tapered",
    "gap = push - c*sign(A*(r - 1))*log(1 + abs(push)/c)",
    "flat = flat*factor",
    "flat = push*smooth - push*smooth_at_1",
    "drift = divergence*factor",
    "above = A*relu(part - part_at_1 - (r - 1)*part_slope_at_1)",
    "drift = where(A >= 0, above, 0)",
    "weight = where(A >= 0, A*part_at_1**2, 0)",
    "divergence = divergence/r",
    "factor = 1/(1 + divergence)",
    "drift = relu(abs(push) - c)",
    "drift = progress**2*divergence",
    "drift = relu(smooth - smooth_at_1 - log(r)*smooth_slope_at_1)",
    "drift = push*(exp(push) - 1)",
    "drift = softplus(push) - push/2 - log(2)",
    "drift = relu(push - clip(push, -c*progress - c, c + c*progress))",
]


@pytest.mark.parametrize("rule", TRUE)
def test_a_true_rule_is_proved_and_holds_for_concrete_parts(rule):
    rng = np.random.default_rng(0)
    grammar = read_grammar(extended(rule))
    nonterminal = grammar.nonterminals[rule.partition(" ")[0]]
    production = nonterminal.productions[-1]
    assert set(grammar.lemmas[nonterminal.name, len(nonterminal.productions) - 1]["methods"])
    parts = enumerate_skeletons(read_grammar(extended(rule).rpartition("extend")[0]), 6)
    slots = [parts[slot.partition("_")[0]] for slot in grammar.slots(production)]
    for _ in range(6):
        chosen = tuple(found[int(rng.integers(len(found)))] for found in slots)
        keeps(instance(assemble(grammar, production, chosen), rng), nonterminal.promise)
