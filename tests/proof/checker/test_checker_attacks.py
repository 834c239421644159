"""For every rule of a proof tree, false certificates that a rule which is a little too generous would accept."""

import pytest
from hand_certificates import (
    ACCEPTED,
    KL,
    KL_ABOVE,
    KL_BELOW,
    ONE,
    TANH,
    changed,
    cut,
    derivative,
    inequality,
    ladder,
    proved,
    ranged,
    signs,
    split,
    sturm,
)

from discovery.proof.checker import Rejected, check
from discovery.proof.checker.expression import read
from discovery.proof.checker.nonnegative import check as tree_check
from discovery.proof.checker.region import everywhere


def tree(claim, node, region=(None, None, True, True)):
    return inequality(claim, node, region)


def on_line(maps, generators, proof, claim="u", region=("0", None, True, True)):
    return tree(claim, ladder(claim, {"u": maps}, generators, proof), region)


class Tree(dict):
    """f and a tree for f >= 0 alone: f need not be a drift otherwise."""


def nonnegative(f, node):
    return Tree(f=f, tree=node)


SWITCH = "where(log(r - 1) >= 0, abs(1 - r), abs(1 - r))"
U, W = [["1", {"v": 1}]], [["-1", {"v": 1}]]
FALLING = [["1", {}], ["-1", {"v": 1}]]
ATTACKS = {
    # regions and ranges
    "range of something negative": proved("(r - 1)**3", ranged("(r - 1)**3")),
    "claim of another function": proved("(r - 1)**3", ranged("(r - 1)**2")),
    "claim that is not defined": proved("(r - 1)**2", ranged("(r - 1)**2*log(A)/log(A)")),
    "0 times a logarithm": proved("(r - 1)**2", ranged("(r - 1)**2 + 0*log(A)")),
    "even negative power": tree("1", ranged("u**(-2)*u**2")),
    "absolute value of an undefined": tree("0", ranged("0*abs(log(u))")),
    "root of a square": proved("(r - 1)**3", ranged("(r - 1)**2*sqrt((r - 1)**2)")),
    "log of a square": tree("2*u", ranged("log(exp(u)**2)")),
    # split
    "split without a case": proved(KL, split(KL, "r - 1", KL_ABOVE, None)),
    "split on something undefined": tree("u", split("u", "log(u)", ranged("u"), ranged("u"))),
    "split that swaps": proved(KL, split(KL, "1 - r", KL_ABOVE, KL_BELOW)),
    "facts do not leak": tree("u", split("u", "u", ranged("u"), ranged("u"))),
    # sums, products, powers
    "sum with a part too many": proved(
        "(r - 1)**2 - log(r)**2",
        {"rule": "sum", "claim": "(r - 1)**2 - log(r)**2", "parts": [ranged("(r - 1)**2")]},
    ),
    "product of other parts": proved(
        "(r - 1)*log(r)*A",
        {"rule": "product", "claim": "(r - 1)*log(r)*A", "parts": [ranged("(r - 1)**2"), ranged("A**2")]},
    ),
    "product with an undefined part": tree(
        "u", {"rule": "product", "claim": "u", "parts": [ranged("u**2"), ranged("1/abs(u)")]}
    ),
    "sum of undefined parts": tree(
        "-1",
        {"rule": "sum", "claim": "-1", "parts": [ranged("exp(u)/u**2"), ranged("-exp(u)/u**2 - 1")]},
    ),
    "root instead of a power": tree("u", {"rule": "power", "claim": "(u**3)**(1/3)", "proof": ranged("u**2")}),
    "power 0": tree("1", {"rule": "power", "claim": "u**0", "proof": ranged("u**2")}),
    "power with another base": tree("u**3", {"rule": "power", "claim": "u**3", "proof": ranged("u**2")}),
    # maxima and minima
    "any of a minimum": tree(
        "min(u**2, u)", {"rule": "any", "claim": "min(u**2, u)", "index": 0, "proof": ranged("u**2")}
    ),
    "any with a wrong index": tree(
        "max(u**2, u)", {"rule": "any", "claim": "max(u**2, u)", "index": -2, "proof": ranged("u**2")}
    ),
    "any with a boolean": tree(
        "max(u, u**2)", {"rule": "any", "claim": "max(u, u**2)", "index": True, "proof": ranged("u**2")}
    ),
    "all of one": tree("min(u**2, u)", {"rule": "all", "claim": "min(u**2, u)", "parts": [ranged("u**2")]}),
    "all of the same": tree("min(u**2, u)", {"rule": "all", "claim": "min(u**2, u)", "parts": [ranged("u**2")] * 2}),
    "all of a maximum": tree("max(-1, -u**2)", {"rule": "all", "claim": "max(-1, -u**2)", "parts": []}),
    "clip by its lower bound": tree(
        "clip(u, 0, -1)", {"rule": "all", "claim": "clip(u, 0, -1)", "parts": [ranged("0"), ranged("0")]}
    ),
    # substitute
    "substitute another quantity": changed(ACCEPTED["smooth"], ("nonnegative", "by"), "(r - 1)*A**2"),
    "substitute outside of the interval": proved(
        "(r - 1)*A",
        {"rule": "substitute", "claim": "(r - 1)*A", "by": "(r - 1)*A", "proof": split("u", "u", ranged("u"), None)},
    ),
    "substitute an undefined": tree(
        "u**2", {"rule": "substitute", "claim": "u**2", "by": "log(u)", "proof": ranged("1")}
    ),
    "one value of u is no exception": tree(
        "where(u**2 <= 0, -1, 1)",
        split(
            "where(u**2 <= 0, -1, 1)",
            "u",
            ladder("1", {"u": "v"}, [], signs(ONE)),
            ladder("1", {"u": "-v"}, [], signs(ONE)),
        ),
    ),
    # point
    "point without a value": tree("u", {"rule": "point", "claim": "u", "proof": ranged("1")}),
    "point of a false value": tree(
        "u - 1", {"rule": "point", "claim": "u - 1", "proof": ranged("-1")}, ("0", "0", False, False)
    ),
    # maps
    "map that does not reach": on_line("1 + v", [], signs([["1", {"v": 1}], ["1", {}]])),
    "map that stays below": on_line("v/(1 + v)", [], signs(U)),
    "map with a pole": on_line("v/(v - 1)", [], signs(U)),
    "map with a denominator that vanishes at 0": on_line("1/v", [], signs(ONE), region=("0", None, False, True)),
    "map that misses a closed end": on_line("1/(1 + v)", [], signs(ONE), region=("0", "1", False, False)),
    "map of another symbol": tree("u", ladder("u", {"r": "v"}, [], signs(U)), ("0", None, True, True)),
    "map in a reserved name": tree("u", ladder("u", {"u": "u"}, [], signs([["1", {"u": 1}]])), ("0", None, True, True)),
    "map that is constant": on_line("1 + 0*v", [], signs(ONE)),
    "map with a root": on_line("v**(1/2)", [], signs(U)),
    # generators
    "generator of unknown sign": on_line("v", [["e", "exp", "-v"]], signs([["1", {"e": 1}]]), claim="exp(-u) - 1"),
    "log of less than 1": on_line("v", [["l", "log", "v"]], signs([["1", {"l": 1}]]), claim="log(u)"),
    "root of less than 1": on_line("v", [["s", "root", "v", 2]], signs([["1", {"s": 1}]]), claim="sqrt(u) - 1"),
    "atan of a negative": on_line("v", [["t", "atan", "-v"]], signs([["1", {"t": 1}]]), claim="atan(-u)"),
    "generator that is 0": on_line("v", [["e", "exp", "0*v"]], signs([["1", {"v": 1}]])),
    "generator named like another": on_line("v", [["v", "exp", "v"]], signs(U)),
    "generator named like a symbol": on_line("v", [["r", "exp", "v"]], signs(U)),
    "generator named like a function": on_line("v", [["log", "exp", "v"]], signs(U)),
    "generator twice": on_line("v", [["e", "exp", "v"], ["d", "exp", "v"]], signs(U)),
    "generator before its time": on_line("v", [["e", "exp", "f"], ["f", "exp", "v"]], signs(U)),
    "generator of an unknown kind": on_line("v", [["e", "sin", "v"]], signs(U)),
    "order that is a boolean": on_line("v", [["s", "root", "1 + v", True]], signs(U)),
    "constant that is undefined": on_line("v", [["c", "constant", "log(0 - 1)"]], signs(U)),
    "constant in the symbol": on_line("v", [["c", "constant", "v"]], signs(U)),
    "negative constant": on_line(
        "v",
        [["c", "constant", "log(2)"]],
        signs([["-1", {"c": 1}]]),
        claim="-log(2) + 0*u",
        region=("0", None, True, True),
    ),
    "close constants": on_line(
        "v",
        [["c", "constant", "log(2)"], ["d", "constant", "log(3)"]],
        signs([["2", {"c": 1}], ["-1", {"d": 1}], ["-1", {}]]),
        claim="2*log(2) - log(3) - 1 + 0*u",
    ),
    # polynomials
    "another polynomial": on_line("v", [], signs(U), claim="-u"),
    "negative multiple": on_line("v", [], signs([["1", {"v": 1}], ["1", {}]]), claim="-u - 1"),
    "monomial twice": on_line("v", [], signs([["2", {"v": 1}], ["-1", {"v": 1}]])),
    "zero coefficient": on_line("v", [], signs([*U, ["0", {"v": 2}]])),
    "exponent 0": on_line("v", [], signs([["1", {"v": 1, "x": 0}]])),
    "negative exponent": on_line("v", [], signs([["1", {"v": -1}]])),
    "exponent that is a boolean": on_line("v", [], signs([["1", {"v": True}]])),
    "coefficient that is a number": on_line("v", [], signs([[1, {"v": 1}]])),
    "coefficient with an exponent": on_line("v", [], signs([["1e0", {"v": 1}]])),
    "long coefficient": on_line("v", [], signs([["1" * 10_000, {"v": 1}]])),
    "unknown generator": on_line("v", [], signs([["1", {"w": 1}]])),
    "negative coefficient": on_line("v", [], signs(W), claim="-u"),
    "zero polynomial for another": on_line("v", [], signs([]), claim="-u"),
    "denominator of unknown sign": on_line("v", [], signs(U), claim="u/(u - 1)*(u - 1)*u/(u**2 - u)*(u - 1)"),
    "factor of unknown sign": on_line("v", [], signs(ONE), claim="log(u)"),
    "factor that is negative": on_line("v", [], signs(ONE), claim="-log(1 + u)"),
    "factor that is a switch": on_line("v", [], signs(ONE), claim="max(u - 2, -1)"),
    "factor that is a root less 1": on_line("v", [], signs(ONE), claim="sqrt(u) - 1"),
    "factor of both signs in a claim of one": on_line("v", [], signs(U), claim="u*log(u)"),
    # sturm
    "sturm with a root": on_line("v", [], sturm([["1", {"v": 1}], ["-1", {}]]), claim="u - 1"),
    "sturm with two close roots": on_line(
        "v",
        [],
        sturm([["1", {"v": 2}], ["-2", {"v": 1}], ["9999999999/10000000000", {}]]),
        claim="u**2 - 2*u + 1 - 1e-10",
    ),
    "sturm with a negative lead": on_line("v", [], sturm([["-1", {"v": 2}], ["-1", {}]]), claim="-u**2 - 1"),
    # derivative
    "start that is negative": on_line(
        "v", [], derivative([["1", {"v": 1}], ["-1", {}]], signs([]), signs(ONE), "v"), claim="u - 1"
    ),
    "slope that is negative": on_line("v", [], derivative(W, signs([]), signs([["1", {}]]), "v"), claim="-u"),
    "derivative in no variable": on_line(
        "v", [["l", "log", "1 + v"]], derivative([["1", {"l": 1}]], signs([]), signs(ONE), "l"), claim="log(1 + u)"
    ),
    "multiplier that vanishes at 0": on_line(
        "v",
        [],
        derivative([["1", {"v": 2}], ["-1", {"v": 1}]], signs([]), signs(ONE), "v", U),
        claim="u**2 - u",
    ),
    "multiplier that is negative": on_line("v", [], derivative(W, signs([]), signs([]), "v", [["-1", {}]]), claim="-u"),
    "multiplier that changes sign": on_line(
        "v", [], derivative(W, signs([]), signs(ONE), "v", [["1", {}], ["-1", {"v": 1}]]), claim="-u"
    ),
    "generator that does not vanish at 0": on_line(
        "v",
        [["l", "log", "2 + v"]],
        derivative([["1", {"l": 1}], ["-1/2", {}]], signs([]), signs(ONE), "v"),
        claim="log(2 + u) - 1/2",
    ),
    "multiplier that is the polynomial": on_line(
        "v", [], derivative(FALLING, signs(ONE), signs([]), "v", FALLING), claim="1 - u"
    ),
    "generator that falls from more than 0": on_line(
        "v",
        [["t", "atan", "1/(1 + v)"]],
        derivative([["1/2", {}], ["-1", {"t": 1}]], signs([["1/2", {}]]), signs(ONE), "v"),
        claim="1/2 - atan(1/(1 + u))",
    ),
    "generator that jumps to 1 at 0": on_line(
        "v",
        [["t", "atan", "1/v"]],
        derivative([["1", {}], ["-1", {"t": 1}]], signs(ONE), signs(ONE), "v"),
        claim="1 - atan(1/u)",
    ),
    # quadratic
    "quadratic with a wrong discriminant": tree(
        "u**2 - 3*u + 1",
        ladder(
            "u**2 - 3*u + 1",
            {"u": "v"},
            [],
            {
                "rule": "quadratic",
                "poly": [["1", {"v": 2}], ["-3", {"v": 1}], ["1", {}]],
                "in": "v",
                "parts": [signs(ONE)] * 3,
            },
        ),
        ("0", None, True, True),
    ),
    "cubic as a quadratic": on_line(
        "v",
        [],
        {"rule": "quadratic", "poly": [["1", {"v": 3}], ["-1", {"v": 1}]], "in": "v", "parts": [signs(ONE)] * 3},
        claim="u**3 - u",
    ),
    # rules that look harmless
    "exp of an undefined": tree("u", {"rule": "substitute", "claim": "u", "by": "log(u)", "proof": ranged("exp(u)")}),
    "generator that is log(2) at 0": on_line(
        "v",
        [["l", "log", "2 + v"]],
        derivative(
            [["1", {"v": 1}], ["-1", {"l": 1}], ["1/10", {}]],
            signs([["1/10", {}]]),
            signs([["1", {"v": 1}], ["1", {}]]),
            "v",
        ),
        claim="u - log(2 + u) + 1/10",
    ),
    "cubic without lower terms as a quadratic": on_line(
        "v", [], {"rule": "quadratic", "poly": [["-1", {"v": 3}]], "in": "v", "parts": [signs([])] * 3}, claim="-u**3"
    ),
    "last of two equal monomials": on_line("v", [], signs([["-1", {"v": 1}], ["1", {"v": 1}]])),
    "constants that no ball tells apart": on_line(
        "v",
        [["c", "constant", "log(2)"], ["d", "constant", "log(4)"]],
        signs([["2", {"c": 1}], ["-1", {"d": 1}], ["-1/1" + "0" * 90, {}]]),
        claim="2*log(2) - log(4) - 1e-90 + 0*u",
    ),
    "denominator that changes its sign elsewhere": on_line(
        "v", [], signs(ONE), claim="-1/(u - 2)", region=("3", None, True, True)
    ),
    # what is not defined proves nothing
    "exp of the log of a negative": nonnegative("-(r - 1)**2", ranged("exp(log(-(r - 1)**2))")),
    "exp that hides a logarithm": nonnegative("r - 1", ranged("exp(0*log(r - 9) + log(r - 1))")),
    "split on a logarithm": nonnegative(
        "(r - 1)**3", split("(r - 1)**3", "log(r - 1)", ranged("(r - 1)**3"), ranged("(r - 1)**3"))
    ),
    "substitute a logarithm": nonnegative(
        "r - 1", {"rule": "substitute", "claim": "r - 1", "by": "exp(log(r - 1))", "proof": ranged("u")}
    ),
    "switch that is undefined": nonnegative("r - 1", split(SWITCH, "r - 1", ranged(SWITCH), ranged(SWITCH))),
    "a power of 1": proved("(r - 1)**2*1**log(r - 1)", ranged("(r - 1)**2")),
    # cut, have, point
    "cut without a side": nonnegative("r - 1", cut("r - 1", "r", "1", ranged("r - 1"), None, None)),
    "cut without a line in u": inequality(
        "where(u**2 <= 0, -1, 1)", cut("where(u**2 <= 0, -1, 1)", "u", "0", ranged("1"), None, ranged("1"))
    ),
    "cut with swapped sides": nonnegative(KL, cut(KL, "r", "1", KL_BELOW, None, KL_ABOVE)),
    "cut of another symbol": nonnegative("u", cut("r", "u", "1", ranged("r"), None, ranged("r"))),
    "cut with a false line": inequality(
        "u**2 - 0**u", cut("u**2", "u", "0", ranged("u**2"), ranged("-1"), ranged("u**2"))
    ),
    "fact that is false": nonnegative(
        "r - 1", {"rule": "have", "claim": "r - 1", "fact": ranged("(r - 1)**2 - 1"), "proof": ranged("r - 1")}
    ),
    "fact that is its own proof": nonnegative(
        "r - 1",
        {
            "rule": "have",
            "claim": "r - 1",
            "fact": {"rule": "have", "claim": "r - 1", "fact": ranged("abs(r - 1)"), "proof": ranged("r - 1")},
            "proof": ranged("r - 1"),
        },
    ),
    "fact of another": changed(ACCEPTED["have"], ("nonnegative", "fact", "claim"), "r - 2 - log(r)"),
    "point of one symbol only": nonnegative(
        "r - 1 + A**2",
        cut(
            "r - 1 + A**2",
            "r",
            "1/2",
            ranged("r - 1 + A**2"),
            {"rule": "point", "claim": "r - 1 + A**2", "proof": ranged("A**2")},
            None,
        ),
    ),
    "point without a single value": nonnegative("r - 1", {"rule": "point", "claim": "r - 1", "proof": ranged("0")}),
    # texts that two readers read differently
    "comment": proved("(r - 1)**2 # - 1", ranged("(r - 1)**2")),
    # inequalities
    "inequality on more than was proved": inequality("u", ranged("u"), ["-1", None, False, True]),
    "inequality that is not defined": inequality("u/u", ranged("1")),
    "inequality in r": inequality("r", ranged("r")),
    "inequality with a bad region": inequality("u**2", ranged("u**2"), ["1", "0", False, False]),
    "inequality with an integer for a boolean": inequality("u**2", ranged("u**2"), ["0", "1", 0, 0]),
    "another proof": inequality("u**2 - 2*u*tanh(u)", TANH),
}


def judge(attack):
    if isinstance(attack, Tree):
        tree_check(read(attack["f"]), attack["tree"], everywhere())
    else:
        check(attack)


@pytest.mark.parametrize("name", ATTACKS)
def test_a_false_certificate_is_rejected(name):
    with pytest.raises(Rejected) as caught:
        judge(ATTACKS[name])
    assert caught.value.__cause__ is None, "rejected by accident"


def test_a_quadratic_is_accepted():
    claim = "((r - 1)*A)**2 - 2*(r - 1)*A*log(r) + log(r)**2"
    assert (
        check(proved(claim, split(claim, "r - 1", quadratic("1 + p", ""), quadratic("1/(1 + p)", "/(1 + p)"))))
        == "proved"
    )


def quadratic(ratio, _):
    claim = "((r - 1)*A)**2 - 2*(r - 1)*A*log(r) + log(r)**2"
    above = ratio == "1 + p"

    def part(sign):
        cross = {"p": 1, "a": 1, "l": 1}
        square = [["1", {"l": 2}]] if above else [["1", {"l": 2}], ["2", {"l": 2, "p": 1}], ["1", {"l": 2, "p": 2}]]
        mixed = [[f"{-2 * sign}", cross]] if above else [[f"{-2 * sign}", cross], [f"{-2 * sign}", {**cross, "p": 2}]]
        poly = [["1", {"p": 2, "a": 2}], *mixed, *square]
        parts = [signs([["1", {"p": 2}]]), signs(square), signs([])]
        return {"rule": "quadratic", "poly": poly, "in": "a", "parts": parts}

    maps = {"r": ratio}
    generators = [["l", "log", "1 + p"]]
    return split(
        claim,
        "A",
        ladder(claim, {**maps, "A": "a"}, generators, part(1)),
        ladder(claim, {**maps, "A": "-a"}, generators, part(-1)),
    )


def test_sturm_is_accepted():
    poly = [["1", {"v": 4}], ["-2", {"v": 2}], ["1", {}]]
    assert check(on_line("v", [], sturm(poly), claim="(u**2 - 1)**2")) == "proved"


@pytest.mark.parametrize(
    "text", ["99 + (\r99)", "r +\n1", "r\t+ 1", "r # 1", "\u0661 + r", "True", "0x10", "1_0", "r if r else A"]
)
def test_texts_that_two_readers_may_read_differently_are_rejected(text):
    with pytest.raises(Rejected):
        read(text)
