"""Each check of a lemma is needed: without it, a false rule of `test_lemma_attacks` is accepted.

The search for counterexamples, a second line of defence, is switched off here.
"""

from fractions import Fraction

import pytest

from discovery.expression.node import ZERO, Symbol
from discovery.grammar import abstract, domain, lemma, local, sign
from discovery.grammar.grammar import GrammarError, read_grammar
from discovery.proof import ranges
from tests.grammar.types_to_attack import extended

slot_range, need = abstract.slot_range, domain._need


def open_ends(slot, cell):
    found = slot_range(slot, cell)
    return ranges.POSITIVE if found == ranges.NONNEGATIVE else found


def no_steep_powers(self, base, exponent, original=local._Reader._power):
    try:
        return original(self, base, exponent)
    except abstract.RefusedError:
        return local.Jet(ZERO, ZERO)


def low_ends(self):
    low = {Symbol(name): ranges.point(found.lo) for name, found in self.constants.items()}
    return {**low, Symbol("progress"): ranges.point(Fraction(1))}


def any_term(self, parts, assume, depth):
    return next(filter(None, (self.nonnegative(part, assume, depth + 1) for part in parts)), None)


def right_side(rule, found, original=local.check_slope):
    original(rule, {(i, j): found[1, j] for i, j in found})


def first_if_undecided(self, op, x, y, original=local._Reader._extremum):
    try:
        return original(self, op, x, y)
    except abstract.RefusedError:
        return x


def one_cell(rule, found, clause, original=lemma._sign):
    return original(rule, {(1, 1): found[1, 1]}, clause)


MUTATIONS = {
    "every slot is non-negative": (abstract, "slot_range", lambda s, c: ranges.NONNEGATIVE, "drift = flat"),
    "signs of slots are strict": (abstract, "slot_range", open_ends, "drift = divergence/weight"),
    "nothing need be defined": (lemma, "check_defined", lambda *a: None, "drift = divergence/(push + c)**2"),
    "0 is good enough for a logarithm": (
        domain,
        "_need",
        lambda rule, x, assume, _: need(rule, x, assume, "nonnegative"),
        "drift = divergence*log(progress)**2",
    ),
    "pieces need not fit": (domain, "_fits", lambda *a: None, "drift = where(A >= 0, divergence, tapered)"),
    "a tie takes the first slope": (local._Reader, "_extremum", lambda s, op, x, y: x, "flat = max(push, flat)"),
    "roots are flat at 0": (local._Reader, "_power", no_steep_powers, "drift = sqrt(divergence)"),
    "the right side is enough": (lemma, "check_slope", right_side, "push = where(r >= 1, push, 2*push)"),
    "one term is enough": (sign.SignProver, "_all", any_term, "drift = c*divergence - divergence_2"),
    "products are positive": (sign.SignProver, "_product", lambda *a: "signs", "drift = divergence*flat"),
    "one sector is enough": (lemma, "_sign", one_cell, "drift = gap"),
    "constants stay at one end": (abstract.Rule, "_parameters", low_ends, "drift = (49 - c)*divergence"),
    "A = 0 is not looked at": (lemma, "_zero_at_zero", lambda *a: "", "tapered = divergence"),
    "slots are free of A": (lemma, "_free", lambda *a: "", "divergence = tapered"),
    "half types anywhere": (abstract.Rule, "_check_halves", lambda *a: None, "drift = relu(above)"),
    "an undecided kink takes its first argument": (
        local._Reader,
        "_extremum",
        first_if_undecided,
        "flat = A*(max(width, c*r) - width)",
    ),
    "what is used at A = 0 alone need not be defined": (
        domain,
        "check_defined",
        lambda *a: None,
        "drift = where(A > 0, tapered, where(A < 0, tapered_2, tapered*log(abs(A))))",
    ),
    "relations survive a rescaling": (
        sign,
        "_without",
        lambda assume, scaled: assume,
        "weight = max(abs(A)/c - wide, 90 + relu(wide - abs(A)) - relu(abs(A) - wide))",
    ),
    "everything is smooth": (lemma, "check_smooth", lambda *a: None, "smooth = relu(r - 1)**2"),
}


@pytest.mark.parametrize("name", MUTATIONS)
def test_without_a_check_a_false_rule_is_accepted(name, monkeypatch, tmp_path):
    owner, attribute, generous, rule = MUTATIONS[name]
    monkeypatch.setattr(lemma, "counterexample", lambda *a, **k: None)
    monkeypatch.setenv("DRIFT_CACHE_DIR", str(tmp_path))
    with pytest.raises(GrammarError):
        read_grammar(extended(rule))  # the other rules are proved now, and kept
    monkeypatch.setattr(owner, attribute, generous)
    read_grammar(extended(rule))
