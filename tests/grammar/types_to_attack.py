"""The types that the lemma tests extend: one of each kind of contract."""

BASE = """start drift
constant c in 0.02 .. 50
constant width in 0.02 .. 0.9
constant wide in 0.5 .. 2
constant p in 1.1 .. 4
constant q in 0.5 .. 4
tangent : slope 1, sign r - 1, free of A
    = r - 1 @ 1
    | log(r) @ 1
push : slope A, sign A*(r - 1), zero at A = 0
    = A*tangent @ 1
gap : flat, sign A*(r - 1), zero at A = 0
    = push - c*tanh(push/c) @ 1
flat : flat, zero at A = 0
    = push - push_2 @ 1
weight : nonnegative, free of r
    = abs(A) @ 1
factor : positive
    = exp(A*(r - 1)) @ 1
smooth : smooth
    = r @ 1
    | A*log(r) @ 1
tapered : drift, zero at A = 0
    = relu(flat) @ 1
divergence : drift, free of A
    = tangent**2 @ 1
part : smooth, where A >= 0
    = sqrt(A)*r @ 1
above : drift, zero at A = 0, where A >= 0
    = A*divergence @ 1
drift : drift
    = tapered @ 1
"""


def extended(rule: str) -> str:
    """The grammar with one more rule, "TYPE = FORMULA"."""
    name, _, formula = rule.partition(" = ")
    return f"{BASE}extend {name} = {formula} @ 1\n"
