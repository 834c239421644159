"""For every condition and kind of refutation, false certificates that a little generosity would accept."""

import pytest
from hand_certificates import (
    ACCEPTED,
    DPO,
    HUBER,
    HUBER_SURFACES,
    KL,
    KL_ABOVE,
    KL_BELOW,
    changed,
    cut,
    proved,
    ranged,
    refuted,
    surface,
)

from discovery.proof.checker import Rejected, check


def stepping(on, *levels, gap=None):
    """(r - 1)**2 where on >= 0 (on <= 0 with another gap), else 2*(r - 1)**2: no continuous function."""
    f = f"where({on} >= 0, 1, 2)*(r - 1)**2" if gap is None else f"where({gap} >= 0, 1, 2)*(r - 1)**2"
    return proved(f, ranged(f), surfaces=[surface(gap or on, *levels)], breaks=("0", "1"))


V = "(u - 1)"
HOLE = "where(r >= 2, where(r <= 2, 0, 1), 1)"
EDGE = (
    "where(r >= 2, 0, where(log(2 - r) <= 0, (r - 1)**2*(2 - r)*((2 - r)**2)**(-1/2), "
    "(1 + (r - 1)**2)*(r - 1)**2*(2 - r)*((2 - r)**2)**(-1/2)))"
)
EDGE_BELOW = "where(log(-u) <= 0, -(u + 1)**2*u*(u**2)**(-1/2), -(1 + (u + 1)**2)*(u + 1)**2*u*(u**2)**(-1/2))"
EDGE_SIDE = "u**2*(1 - u)*((1 - u)**2)**(-1/2)"
POINTED = "where(A >= 0, 0, A**2*(r - 1)**2/((r - 1)**4 + A**4))"
CROSSED = "where(A*(r - 1) >= 0, (r - 1)**2, 0)"
MET = "where(r <= 2, (r - 1)**2, (r - 1)**3)"  # the branches are equal at r = 2
ATTACKS = {
    # defined
    "pole": proved("(r - 1)**2/(r - 2)**2", ranged("(r - 1)**2/(r - 2)**2")),
    "hidden pole": proved("(r - 1)**2*(r - 2)**(-2)*(r - 2)**2", ranged("(r - 1)**2")),
    "logarithm of A": proved("(r - 1)**2 + 0*log(A)", ranged("(r - 1)**2")),
    "root of A": proved("sqrt(A)*(r - 1)**2", ranged("sqrt(A)*(r - 1)**2")),
    "no limit at a point": proved("(r - 1)**2*A**2/((r - 1)**2 + A**2)", ranged("(r - 1)**2*A**2/((r - 1)**2 + A**2)")),
    "false obligation": proved(
        "sqrt(r - 1 - log(r) - 1e-9)*(r - 1)**2",
        ranged("sqrt(r - 1 - log(r) - 1e-9)*(r - 1)**2"),
        obligations={"r - 1 - log(r) - 1e-9": {"sign": 1, "margin": "0", "proof": ranged("abs(r - 1 - log(r))")}},
    ),
    "obligation that trusts itself": proved(
        "sqrt(r - 1)**2*(r - 1)**2",
        ranged("sqrt(r - 1)**2*(r - 1)**2"),
        obligations={"r - 1": {"sign": 1, "margin": "0", "proof": ranged("sqrt(r - 1)**2 + (r - 1) - sqrt(r - 1)**2")}},
    ),
    # continuous
    "jump": stepping("A", ("A", "0", "(r - 1)**2", "2*(r - 1)**2")),
    "jump of a sign": proved(
        "sign(A)**2*(r - 1)**2",
        ranged("sign(A)**2*(r - 1)**2"),
        surfaces=[surface(gap, ("A", "0", "0", "(r - 1)**2")) for gap in ("A", "-A")],
    ),
    "surface that is missing": proved(DPO, ranged(DPO)),
    "surface of another condition": stepping("A", ("A", "0", "(r - 1)**2", "2*(r - 1)**2"), gap="A - 1"),
    "surface without levels": stepping("A"),
    "surface with half of the levels": proved(
        HUBER, ranged(HUBER), surfaces=[{**HUBER_SURFACES[0], "levels": HUBER_SURFACES[0]["levels"][:1]}]
    ),
    "surface with a wrong value": changed(ACCEPTED["dpo"], ("defined", "surfaces", 0, "levels", 0, "value"), "1"),
    "surface with a wrong side": changed(ACCEPTED["dpo"], ("defined", "surfaces", 0, "levels", 0, "above"), "relu(u)"),
    "side that is undefined at the value": stepping("A - 1", ("A", "1", "(r - 1)**2", f"(r - 1)**2*(1 + {V}/(A - 1))")),
    "side with a root that cancels": stepping(
        "A - 1", ("A", "1", "(r - 1)**2", f"(r - 1)**2*(1 + {V}*({V}**2)**(-1/2)*((A - 1)**2)**(1/2)/(A - 1))")
    ),
    "quantity that is undefined at the value": stepping(
        "A - 1", ("exp(log(A - 1))", "0", "(r - 1)**2", "2*(r - 1)**2*(u + 1/2)/(A - 1/2)")
    ),
    "gap that touches 0": stepping("log(1 + A**2)", gap="-log(1 + A**2)"),
    "gap of an absolute value": stepping("abs(A)**2", gap="-abs(A)**2"),
    "gap of a sum with an absolute value": stepping("abs(A)*(1 + r) + A**2", gap="-abs(A)*(1 + r) - A**2"),
    "gap that is undefined at the edge": proved(
        EDGE,
        ranged(EDGE),
        surfaces=[
            surface("r - 2", ("r - 2", "0", "0", EDGE_BELOW)),
            surface("-log(2 - r)", ("r - 1", "0", EDGE_SIDE, f"(1 + u**2)*{EDGE_SIDE}")),
        ],
    ),
    "agreement away from a point only": proved(
        POINTED, ranged(POINTED), surfaces=[surface("A", ("A", "0", "0", "u**2*(r - 1)**2/((r - 1)**4 + u**4)"))]
    ),
    "level of one factor of the gap": proved(
        CROSSED, ranged(CROSSED), surfaces=[surface("A*(r - 1)", ("r - 1", "0", "u**2", "0"))]
    ),
    "level of one factor of the gap, twice": proved(
        CROSSED, ranged(CROSSED), surfaces=[surface("A*(r - 1)", *(("r - 1", "0", "u**2", "0"),) * 2)]
    ),
    "level of the other factor, which does not fit": proved(
        CROSSED,
        ranged(CROSSED),
        surfaces=[surface("A*(r - 1)", ("r - 1", "0", "u**2", "0"), ("A", "0", "(r - 1)**2", "0"))],
    ),
    # zero and flat
    "not zero": proved("(r - 1)**2 + 1e-30", ranged("(r - 1)**2 + 1e-30")),
    "not zero at one advantage": proved("relu(1/2 - abs(A))*r", ranged("relu(1/2 - abs(A))*r")),
    "kink": proved("abs(r - 1)", ranged("abs(r - 1)")),
    "kink under a root": proved("sqrt((r - 1)**2*A**2)", ranged("sqrt((r - 1)**2*A**2)")),
    "kink for large A": proved("relu(A - 1000)*relu(r - 1)", ranged("relu(A - 1000)*relu(r - 1)")),
    "steep and squared": proved("(abs(r - 1)**0.5)**2", ranged("(abs(r - 1)**0.5)**2")),
    "steep to a power above 1": proved("(abs(r - 1)**0.5)**1.5", ranged("(abs(r - 1)**0.5)**1.5")),
    "breaks out of order": changed(ACCEPTED["ppo"], ("flat", "breaks"), ["1", "0"]),
    "breaks twice": changed(ACCEPTED["ppo"], ("zero", "breaks"), ["0", "0"]),
    "order below 1": proved("abs((r - 1)**5)**(1/6)", ranged("abs((r - 1)**5)**(1/6)")),
    "order of exactly 1": proved("abs((r - 1)**5)**(1/5)", ranged("abs((r - 1)**5)**(1/5)")),
    "kink of undecided sign": proved("max(0, (A**2 - 2)*(r - 1))", ranged("max(0, (A**2 - 2)*(r - 1))")),
    "kink of undecided sign where A is not 0": proved(
        "max(0, A*(A**2 - 2)*(r - 1))", ranged("max(0, A*(A**2 - 2)*(r - 1))")
    ),
    "kink of undecided sign above a flat one": proved(
        "max((r - 1)**2, A*(A**2 - 2)*(r - 1))", ranged("max((r - 1)**2, A*(A**2 - 2)*(r - 1))")
    ),
    "kink at irrational A alone": proved(
        "max(0, -((A**2 - 2)**2)*r + abs(r - 1))", ranged("max(0, -((A**2 - 2)**2)*r + abs(r - 1))")
    ),
    # refutations
    "negative that is not": refuted("(r - 1)**2", "negative", "2", value="-1"),
    "negative by too much": refuted("r - 1", "negative", "1/2", value="-2/3"),
    "negative 0": refuted("r - 1", "negative", "1", value="0"),
    "negative at a negative ratio": refuted("(r - 1)**2 + 0*A", "negative", "-1", value="-1"),
    "negative within the ball": refuted("exp(log(r)) - r", "negative", "3", value="-1/1000000000000000000000000"),
    "nonzero that is 0": refuted("(r - 1)**2", "nonzero", value="1"),
    "nonzero elsewhere": refuted("(r - 1)**2", "nonzero", "2", value="1"),
    "nonzero by 0": refuted("r", "nonzero", value="0"),
    "nonzero of the other sign": refuted("r", "nonzero", value="-1"),
    "slope of a flat one": refuted("(r - 1)**2", "slope", value="1", side=1),
    "slope on the flat side": refuted("relu(r - 1)", "slope", value="1", side=-1),
    "slope of the wrong sign": refuted("abs(r - 1)", "slope", value="1", side=-1),
    "slope that is not infinite": refuted("abs(r - 1)**1.5", "slope", value="infinite", side=1),
    "slope of a tamed root": refuted("(abs(r - 1)**0.9)**1.5", "slope", value="infinite", side=1),
    "side 0": refuted("abs(r - 1)", "slope", value="1", side=0),
    "side that is a boolean": refuted("abs(r - 1)", "slope", value="1", side=True),
    "step of a continuous one": refuted("(r - 1)**2", "step", value="1", side=1),
    "undefined that is defined": refuted("(r - 1)**2/r", "undefined", "2", value="undefined"),
    "undefined in the other branch": refuted(
        "where(r <= 1, 0, 1/r)*0 + where(r > 1, 1/(r - 1), 0)*0", "undefined", "1", value="undefined"
    ),
    "jump of a continuous one": refuted(
        "where(A >= 0, A, -A)*(r - 1)**2", "jump", "2", "0", "1", on="A", symbol="A", width="0"
    ),
    "jump away from the surface": refuted(
        "where(A >= 0, 1, 1 + A)*(r - 1)**2", "jump", "2", "1", "1", on="A - 1", symbol="A"
    ),
    "jump where the condition touches 0": refuted(
        "where(A**2 >= 0, 1, 2)*(r - 1)**2", "jump", "2", "0", "1", on="A**2", symbol="A"
    ),
    "jump beside another switch": refuted(
        "where(A >= 0, where(A*r >= 0, 1, 2), 1)*(r - 1)**2", "jump", "2", "0", "1", on="A", symbol="A"
    ),
    "gauge of another function": {
        **refuted("-2*log(r)", "slope", value="-2", side=1),
        "gauge": {"c": "1", "proof": ACCEPTED["kl"]},
    },
    "gauge of a function of A": {
        **refuted("abs(r - 1) + 0*A", "slope", value="1", side=1),
        "gauge": {"c": "1", "proof": ACCEPTED["kl"]},
    },
    "gauge by 0": {**refuted("abs(r - 1)", "slope", value="1", side=1), "gauge": {"c": "0", "proof": ACCEPTED["kl"]}},
    "refutation as a gauge": {
        **refuted("-log(r)", "slope", value="-1", side=1),
        "gauge": {"c": "1", "proof": refuted(KL, "negative", "1", value="-1")},
    },
    # surfaces whose other parts are right, and points off the surface
    "kink below 1 alone": proved("relu(1 - r)", ranged("relu(1 - r)")),
    "second level": proved(
        "where(A**2 >= 1, (2 + A)**2, 9)*(r - 1)**2",
        ranged("where(A**2 >= 1, (2 + A)**2, 9)*(r - 1)**2"),
        surfaces=[surface("A**2 - 1", ("A", "1", "(2 + u)**2*(r - 1)**2", "9*(r - 1)**2"))],
    ),
    "level at a negative ratio": proved(
        "where(log(r**2/4) >= 0, 1, (r + 3)**2)*(r - 1)**2",
        ranged("where(log(r**2/4) >= 0, 1, (r + 3)**2)*(r - 1)**2"),
        surfaces=[surface("log(r**2/4)", ("r", "-2", "(r - 1)**2", "(u + 3)**2*(r - 1)**2"))],
    ),
    "level beside the surface": proved(
        "where(A >= 0, 4, (1 + A)**2)*(r - 1)**2",
        ranged("where(A >= 0, 4, (1 + A)**2)*(r - 1)**2"),
        surfaces=[surface("A", ("A", "1", "4*(r - 1)**2", "(1 + u)**2*(r - 1)**2"))],
    ),
    "negative beyond the domain": refuted("r*(r - 1)**2", "negative", "-1", value="-1"),
    "jump with another switch on its edge": refuted(
        "where(A >= 0, where(A*r >= 0, 0, 5), where(A*r >= 0, 5, 0))*(r - 1)**2",
        "jump",
        *("2", "0", "1"),
        on="A",
        symbol="A",
        width="0",
    ),
    "jump off the surface": refuted(
        "where(A >= 1, A - 1, 0)*(r - 1)**2", "jump", "2", "2", "1", on="A - 1", symbol="A"
    ),
    "jump where the surface is not": refuted(MET, "jump", "3", "0", "1", on="2 - r", symbol="r", width="0"),
    "jump on a segment beside the surface": refuted(MET, "jump", "5/2", "0", "1", on="2 - r", symbol="r", width="1"),
    "jump on another surface": refuted(MET, "jump", "3", "0", "1", on="(2 - r)*(r - 3)", symbol="r", width="0"),
    "jump on a multiple of the surface": refuted(MET, "jump", "3", "0", "1", on="2*r - 4", symbol="r", width="1"),
    "jump where the branches meet": refuted(MET, "jump", "2", "0", "1", on="2 - r", symbol="r", width="0"),
    # obligations
    "obligation of the other sign": changed(ACCEPTED["obligation"], ("defined", "obligations", KL, "sign"), -1),
    "obligation with a margin too much": changed(
        ACCEPTED["obligation with a margin"], ("defined", "obligations", "log(r) - r", "margin"), "2"
    ),
    "obligation with a negative margin": changed(
        ACCEPTED["obligation"], ("defined", "obligations", KL, "margin"), "-1"
    ),
    "obligation that is not strict": proved(
        f"(r - 1)**4/({KL})",
        ranged(f"(r - 1)**4/({KL})"),
        obligations=ACCEPTED["obligation"]["defined"]["obligations"],
    ),
    "obligation that is not continuous": proved(
        f"(r - 1)**2/{HOLE}",
        ranged(f"(r - 1)**2/{HOLE}"),
        obligations={
            HOLE: {
                "sign": 1,
                "margin": "1",
                "proof": cut(f"{HOLE} - 1", "r", "2", ranged(f"{HOLE} - 1"), None, ranged(f"{HOLE} - 1")),
            }
        },
    ),
    "obligation whose margin is not proved": proved(
        "(r - 1)**2/(r - log(r) - 3/2)**2",
        ranged("(r - 1)**2/(r - log(r) - 3/2)**2"),
        obligations={
            "r - log(r)": {
                "sign": 1,
                "margin": "2",
                "proof": {
                    "rule": "sum",
                    "claim": "r - log(r)",
                    "parts": [cut(KL, "r", "1", KL_ABOVE, None, KL_BELOW), ranged("1")],
                },
            }
        },
    ),
    # gauges
    "gauge of a sum in which something cancels": {
        **refuted("1/(r - 2) - 1/(r - 2) - log(r)", "slope", value="-1", side=1),
        "gauge": {"c": "1", "proof": ACCEPTED["kl"]},
    },
    "jump on a quantity that is undefined": refuted(
        "where(A >= 0, A, 1)*(r - 1)**2", "jump", "2", "0", "-1", on="exp(log(A))", symbol="A", width="0"
    ),
}


@pytest.mark.parametrize("name", ATTACKS)
def test_a_false_certificate_is_rejected(name):
    with pytest.raises(Rejected) as caught:
        check(ATTACKS[name])
    assert caught.value.__cause__ is None, "rejected by accident"
