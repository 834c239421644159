"""Certificates written by hand, and how to spoil them."""

import copy

FORMAT = "drift-certificate/1"
NOTHING = {"obligations": {}, "surfaces": []}


def surface(gap, *levels):
    """A surface gap = 0, its levels (quantity, value, above, below)."""
    names = ("quantity", "value", "above", "below")
    return {"gap": gap, "levels": [dict(zip(names, level, strict=True)) for level in levels]}


PPO = "relu((r - clip(r, 4/5, 6/5))*A)"
DPO = "where(A >= 0, relu((r - 1)*A - 2*tanh((r - 1)*A/2)), relu(log(r)*A - 0.6*tanh(log(r)*A/0.6)))"
HUBER = "where(abs(A*(r - 1)) <= 1, (A*(r - 1))**2/2, abs(A*(r - 1)) - 1/2)"
SMOOTH = "((r - 1)*A)**2 - (r - 1)*A*tanh((r - 1)*A)"
KL = "r - 1 - log(r)"
ONE = [["1", {}]]


def proved(f, tree, *, obligations=None, surfaces=None, breaks=("0",)):
    return {
        "format": FORMAT,
        "expression": f,
        "verdict": "proved",
        "defined": {"obligations": obligations or {}, "surfaces": surfaces or []},
        "zero": {"breaks": list(breaks), "generators": []},
        "flat": {"breaks": list(breaks)},
        "nonnegative": tree,
    }


def refuted(f, kind, r="1", A="1", value=None, **more):
    refutation = {"kind": kind, "r": r, "A": A, "value": value, **more}
    return {"format": FORMAT, "expression": f, "verdict": "refuted", "refutation": refutation, "gauge": None}


def inequality(phi, tree, region=(None, None, True, True)):
    fixed = {"format": FORMAT, "verdict": "proved"}
    return {**fixed, "inequality": phi, "region": list(region), "defined": {"obligations": {}}, "nonnegative": tree}


def ranged(claim):
    return {"rule": "range", "claim": claim}


def split(claim, on, above, below):
    return {"rule": "split", "claim": claim, "on": on, "above": above, "below": below}


def cut(claim, symbol, value, above, at, below):
    return {"rule": "cut", "claim": claim, "symbol": symbol, "value": value, "above": above, "at": at, "below": below}


def signs(poly):
    return {"rule": "signs", "poly": poly}


def sturm(poly):
    return {"rule": "sturm", "poly": poly}


def derivative(poly, start, slope, variable="p", multiplier=ONE):
    fixed = {"rule": "derivative", "poly": poly, "in": variable, "multiplier": multiplier}
    return {**fixed, "start": start, "slope": slope}


def ladder(claim, maps, generators, proof):
    return {"rule": "ladder", "claim": claim, "map": maps, "generators": generators, "proof": proof}


LOG = [["l", "log", "1 + p"]]
KL_ABOVE = ladder(
    KL, {"r": "1 + p"}, LOG, derivative([["1", {"p": 1}], ["-1", {"l": 1}]], signs([]), signs([["1", {"p": 1}]]))
)
KL_BELOW = ladder(
    KL,
    {"r": "1/(1 + p)"},
    LOG,
    derivative(
        [["-1", {"p": 1}], ["1", {"l": 1}], ["1", {"l": 1, "p": 1}]],
        signs([]),
        signs([["1", {"p": 1}]]),
        multiplier=[["1", {"p": 1}], ["1", {}]],
    ),
)


def half(sign):
    """u**2 - u*tanh(u) >= 0 for u = +-v: with e = exp(2v) - 1 it is v*(v*(e + 2) - e)/(e + 2)."""
    second = derivative(
        [["2", {"v": 1, "e": 1}], ["2", {"v": 1}], ["-1", {"e": 1}]],
        signs([]),
        signs([["1", {"e": 1}]]),
        "v",
        [["1", {}], ["1", {"e": 1}]],
    )
    first = derivative([["1", {"v": 1, "e": 1}], ["2", {"v": 1}], ["-1", {"e": 1}]], signs([]), second, "v")
    return ladder("u**2 - u*tanh(u)", {"u": sign + "v"}, [["e", "exp", "2*v"]], first)


TANH = split("u**2 - u*tanh(u)", "u", half(""), half("-"))
SUBSTITUTED = {"rule": "substitute", "claim": SMOOTH, "by": "(r - 1)*A", "proof": TANH}
DPO_SURFACES = [
    surface("A", ("A", "0", "relu((r - 1)*u - 2*tanh((r - 1)*u/2))", "relu(log(r)*u - 0.6*tanh(log(r)*u/0.6))"))
]
HUBER_SURFACES = [
    surface("1 - abs(A*(r - 1))", *(("A*(r - 1)", value, "u**2/2", "abs(u) - 1/2") for value in ("1", "-1")))
]
HAVE = "(r - 1)**2*(1 + A**2*(r - 1 - log(r)))"
ACCEPTED = {
    "chi2 range": proved("(r - 1)**2", ranged("(r - 1)**2")),
    "chi2 power": proved("abs(r - 1)**2", {"rule": "power", "claim": "abs(r - 1)**2", "proof": ranged("abs(r - 1)")}),
    "chi2 product": proved(
        "(r - 1)**2*A**2",
        {"rule": "product", "claim": "(r - 1)**2*A**2", "parts": [ranged("(r - 1)**2"), ranged("A**2")]},
    ),
    "sum": proved(
        "(r - 1)**2 + log(r)**2",
        {"rule": "sum", "claim": "(r - 1)**2 + log(r)**2", "parts": [ranged("(r - 1)**2"), ranged("log(r)**2")]},
    ),
    "kl": proved(KL, split(KL, "r - 1", KL_ABOVE, KL_BELOW)),
    "ppo": proved(PPO, ranged(PPO)),
    "cut": proved(KL, cut(KL, "r", "1", KL_ABOVE, None, KL_BELOW)),
    "have": proved(
        HAVE,
        {"rule": "have", "claim": HAVE, "fact": cut(KL, "r", "1", KL_ABOVE, None, KL_BELOW), "proof": ranged(HAVE)},
    ),
    "point": proved(
        "(r - 1)**2",
        cut(
            "(r - 1)**2",
            "r",
            "2",
            ranged("(r - 1)**2"),
            {"rule": "point", "claim": "(r - 1)**2", "proof": ranged("1")},
            ranged("(r - 1)**2"),
        ),
    ),
    "obligation": proved(
        f"sqrt({KL})*(r - 1)**2",
        ranged(f"sqrt({KL})*(r - 1)**2"),
        obligations={KL: {"sign": 1, "margin": "0", "proof": split(KL, "r - 1", KL_ABOVE, KL_BELOW)}},
    ),
    "obligation with a margin": proved(
        "(r - 1)**2/(log(r) - r)**2",
        ranged("(r - 1)**2/(log(r) - r)**2"),
        obligations={"log(r) - r": {"sign": -1, "margin": "1", "proof": cut(KL, "r", "1", KL_ABOVE, None, KL_BELOW)}},
    ),
    "dpo": proved(DPO, ranged(DPO), surfaces=DPO_SURFACES),
    "huber": proved(HUBER, ranged(HUBER), surfaces=HUBER_SURFACES),
    "smooth": proved(SMOOTH, SUBSTITUTED),
    "any": proved(
        "max((r - 1)**2, r*(r - 1)*A**2 - 7*(r - 1)**2 + (r - 1)**2 - r*(r - 1)*A**2)",
        {
            "rule": "any",
            "claim": "max((r - 1)**2, r*(r - 1)*A**2 - 7*(r - 1)**2 + (r - 1)**2 - r*(r - 1)*A**2)",
            "index": 0,
            "proof": ranged("(r - 1)**2"),
        },
    ),
    "all": proved(
        "min((r - 1)**2, log(r)**2)",
        {
            "rule": "all",
            "claim": "min((r - 1)**2, log(r)**2)",
            "parts": [ranged("(r - 1)**2"), ranged("log(r)**2")],
        },
    ),
    "sqrt": proved("(sqrt(r) - 1)**2", ranged("(sqrt(r) - 1)**2")),
    "abs slope": refuted("abs(r - 1)", "slope", value="1", side=1),
    "abs slope below": refuted("abs(r - 1)", "slope", value="-1", side=-1),
    "steep": refuted("abs(r - 1)**0.5", "slope", value="infinite", side=1),
    "negative": refuted("r - 1", "negative", "1/2", value="-1/2"),
    "negative ball": refuted("log(r)", "negative", "1/2", value="-69/100"),
    "nonzero": refuted("log(r) + exp(A)/4", "nonzero", value="1/2"),
    "step": refuted("where(r > 1, 1, 0)*(r + 1)", "step", value="2", side=1),
    "undefined": refuted("(r - 1)**2/(r - 2)**2", "undefined", "2", value="undefined"),
    "jump": refuted("where(A >= 0, (r - 1)**2, 2*(r - 1)**2)", "jump", "2", "0", "-1", on="A", symbol="A", width="0"),
    "jump of sign": refuted("sign(A)**2*(r - 1)**2", "jump", "2", "0", "-1", on="A", symbol="A", width="0"),
    "jump beside a root": refuted(
        "where(A**2 >= 2, 1, 2)*(r - 1)**2", "jump", "2", "1414/1000", "-1", on="A**2 - 2", symbol="A", width="1/1000"
    ),
    "inequality": inequality("u**2 - u*tanh(u)", TANH),
    "inequality range": inequality("u", ranged("u"), ["0", None, False, True]),
}
ACCEPTED["gauge"] = {
    **refuted("-log(r)", "slope", value="-1", side=1),
    "gauge": {"c": "1", "proof": copy.deepcopy(ACCEPTED["kl"])},
}


def changed(certificate, path, value):
    """A copy with the value at a path (keys and indices) replaced; the value ... removes the key."""
    found = copy.deepcopy(certificate)
    at = found
    for key in path[:-1]:
        at = at[key]
    if value is ...:
        del at[path[-1]]
    else:
        at[path[-1]] = value
    return found
