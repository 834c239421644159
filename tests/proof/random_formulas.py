# ruff: noqa: E501
"""Random formulas for the fuzzers: built from parts that drifts are made of, so that many are valid or nearly so."""

from hypothesis import strategies as st

CONSTANTS = ("0.5", "2", "0.2", "3", "1", "0.1", "5", "1.001")
U = (
    "(r - 1)*A",
    "log(r)*A",
    "(sqrt(r) - 1)*A",
    "(r - 1)",
    "log(r)",
    "(1 - 1/r)",
    "(r - clip(r, 0.8, 1.2))*A",
    "A",
    "(r**2 - 1)",
)
EVEN = (
    "({u})**2", "log(cosh({u}))", "1 - exp(-({u})**2)", "sqrt(1 + ({u})**2) - 1", "({u})*tanh({u})", "abs({u})**1.5",
    "({u})**2/(1 + ({u})**2)", "relu({u} - tanh({u}))", "exp({u}) - 1 - ({u})", "relu({u})**2", "({u})*atan({u})",
    "softplus({u}) - log(2) - ({u})/2", "cosh({u}) - 1", "1 - sech({u})", "asinh({u})**2", "({u})*({v})", "abs({u})*abs({v})",
    "({u} - tanh({u}))*sign({u})", "max({u}, 0) - 0.5*({u})", "clip({u}, -1, 1)**2", "where({u} <= 1, ({u})**2/2, {u} - 0.5)",
    "where({u} <= {c}, ({u})**2, 2*({u})**2)", "({u})**4 - {c}*({u})**2*({v})**2", "abs({u})", "({u})**3", "sqrt(({u})**2*({v})**2)",
    "r - 1 - log(r)", "r*log(r) - r + 1", "({u})**2 - {c}*({u})*tanh({u})", "({u})*tanh({u}) - ({u})**2/(1 + ({u})**2/{c})",
    "sigmoid({u})*({v})**2", "exp(-{c}*({u}))*({v})**2", "({u})**2/({c} + ({v})**2)", "({u})**2/({v})", "log({u})**2", "sqrt({u})*({v})**2",
)  # fmt: skip


@st.composite
def unit(draw) -> str:
    return draw(st.sampled_from(U))


@st.composite
def formula(draw, depth: int = 2) -> str:
    """Text of a formula in r and A."""
    if depth == 0 or draw(st.integers(0, 3)) == 0:
        shape = draw(st.sampled_from(EVEN))
        return "(" + shape.format(u=draw(unit()), v=draw(unit()), c=draw(st.sampled_from(CONSTANTS))) + ")"
    f, c = draw(formula(depth - 1)), draw(st.sampled_from(CONSTANTS))
    g = draw(formula(depth - 1)) if draw(st.booleans()) else draw(unit())
    shape = draw(st.sampled_from((
        "{c}*{f}", "({f} + {g})", "({f} - {g})", "({f} - {c}*{g})", "max({f}, {g})", "min({f}, {g})", "relu({f} - {g})", "({f})*({g})",
        "abs(A)*{f}", "A*{f}", "relu(A)*{f}", "where(A >= 0, {f}, {g})", "where(r >= 1, {f}, {g})", "where(r <= {c}, {f}, {g})",
        "tanh({f})", "log(1 + {f})", "sqrt({f})", "{f}/({c} + {g})", "abs({f})", "{f}*exp({g})", "relu({f})*{c}", "({f})**2", "1 - exp(-{f})",
        "{c}*tanh({f}/{c})", "sign({g})*{f}", "where({g} <= 0, {f}, 0)",
    )))  # fmt: skip
    return "(" + shape.format(f=f, g=g, c=c) + ")"
