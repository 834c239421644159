# ruff: noqa: E501
"""Random formulas for the fuzzers: what a search proposes (fitted decimals, halves by the sign of A, products A*(r - 1),
kinks), so that many are valid or nearly so, and a share of wilder ones made of the whole language."""

from random import Random

QUANTITIES = (
    "A*(r - 1)", "A*log(r)", "(r - 1)", "log(r)", "A*(sqrt(r) - 1)", "A*(1 - 1/r)", "(1 - 1/r)", "(r - clip(r, {lo}, {hi}))*A", "A*(r**{c} - 1)",
    "tanh(A)*(r - 1)", "relu(A)*log(r)", "abs(A)*(r - 1)", "{c}*A*(r - 1)", "(r**2 - 1)", "(r - exp(clip(log(r), -{c}, {c})))*A", "A*r - A",
)  # fmt: skip
VALID_SHAPES = (  # valid for every quantity that vanishes at r = 1 (to second order: all of them are smooth or clipped)
    "{x}**2", "{c}*({x})**2", "relu({x} - {c}*tanh({x}/{c}))", "log(cosh({x}))", "1 - exp(-({x})**2/{c})", "sqrt(1 + ({x})**2) - 1", "({x})*tanh({c}*({x}))",
    "({x})**2/({c} + ({x})**2)", "exp({x}) - 1 - ({x})", "relu({x})**2", "({x})*atan({x})", "cosh({x}) - 1", "1 - sech({x})", "asinh({x})**2",
    "abs({x})**{p}", "relu({x} - {c})", "relu({x} - clip({x}, -{c}, {c}))", "clip({x}, -{c}, {c})**2", "{c}*tanh(({x})**2/{c})", "softplus({x}) - log(2) - ({x})/2",
    "abs({x}) - {c}*tanh(abs({x})/{c})", "max({x} - {c}*tanh({x}/{c}), 0)", "where(abs({x}) <= {c}, ({x})**2/2, {c}*abs({x}) - {c}**2/2)", "abs({x} - tanh({x}))",
    "r - 1 - log(r)", "r*log(r) - r + 1", "(sqrt(r) - 1)**2", "log(1 + ({x})**2)", "({x})**2*exp(-({x})**2/{c})", "({x})**2*sigmoid({y})", "abs({x})*abs({y})",
)  # fmt: skip
DOUBTFUL_SHAPES = (
    "relu({x} - {c}*tanh({d}*({x})))", "({x})**2 - {c}*({x})*tanh({x})", "({x})*tanh({x}) - ({x})**2/(1 + ({x})**2/{c})", "abs({x})", "({x})*({y})", "({x})**3",
    "relu({x})", "({x}) - tanh({x})", "max({x}, 0) - {c}*({x})", "({x})**4 - {c}*({x})**2*({y})**2", "({x})**2/({y})", "exp(-{c}*({x}))*({y})**2", "log({x})**2",
    "where({x} <= {c}, ({x})**2, {d}*({x})**2)", "({x})*sign({y})", "sqrt(({x})**2*({y})**2)", "({x} - tanh({x}))*sign({x})", "sqrt({x})*({y})**2", "({x})**2 + {c}*({x})*({y}) + ({y})**2",
    "1 - exp(-{c}*({x}))", "({x})**2 - {c}*({x})**4", "({x})**2/({c} + ({y})**2)",
)  # fmt: skip
WEIGHTS = (
    "abs(A)",
    "A**2",
    "relu(A)",
    "tanh(A)**2",
    "exp(-A**2)",
    "sigmoid(A)",
    "sqrt(abs(A))",
    "clip(abs(A), 0, {c})",
    "1/(1 + abs(A))",
    "A",
    "exp({c}*A)",
    "tanh(abs(A))",
)
KEEPING = (  # valid if the parts are
    "where(A >= 0, {f}, {g})", "where(A >= 0, {f}, {g})", "where(A >= 0, {f}, 0)", "{c}*({f})", "({f}) + ({g})", "({f}) + {c}*({g})", "max({f}, {g})", "min({f}, {g})", "{w}*({f})",
    "{c}*tanh(({f})/{c})", "log(1 + ({f}))", "1 - exp(-({f}))", "({f})/({c} + ({g}))", "({f})*({g})", "relu({f})", "min({f}, {c})", "relu(({f}) - {c})", "({f})*exp(-({g}))",
)  # fmt: skip
DOUBTFUL = (
    "({f}) - {c}*({g})", "relu(({f}) - ({g}))", "abs(({f}) - ({g}))", "where(r >= 1, {f}, {g})", "where(r <= {c}, {f}, {g})", "tanh({f})", "sqrt({f})", "sign({x})*({f})", "({f})**{p}",
    "where({x} <= 0, {f}, 0)", "({f})*exp({x})", "({f})*(1 - {c}*({x}))", "({f}) - {c}*({x})**2",
)  # fmt: skip

TEMPORAL = (  # valid for each progress in [0, 1] if the parts are
    "progress*({f}) + (1 - progress)*({g})", "(1 - progress)**2*({f})", "max(progress*({f}), {g})", "exp(-{c}*progress)*({f})", "({f})/(1 + {c}*progress)",
    "relu({x} - {c}*(1 + progress)*tanh({x}/({c}*(1 + progress))))", "relu({x} - clip({x}, -1 - progress, 1 + progress))", "where(progress < 1/3, {f}, {g})",
    "where(A >= 0, progress*({f}), {g})", "relu(A*(r - clip(r, 0.8 - {c}*progress/(1 + {c})/4, 1.2 + {c}*progress)))", "({f})*(progress**2 - progress + 1/4)",
)  # fmt: skip
DOUBTFUL_TEMPORAL = (
    "({f}) - {c}*progress*({g})", "(progress - {c})*({f})", "({f})*((progress - 1/3)**2 - 1/1000)", "relu({x} - (1 + progress)*tanh({x}))", "({f})/progress", "({f})*log(progress + {c})",
    "({f})**(1 + progress)", "where({x} >= progress, {f}, {g})", "relu(({f}) - {c}*progress*({g}))", "({f})*(1 - {c}*progress*({x}))", "abs(({f}) - progress*({g}))", "({f})*(1 - progress) + progress*({x})",
    "({x})*({y}) - {c}*(1 - progress)*({x})*tanh({x})", "where(progress*({x}) >= 0, {f}, {g})",
)  # fmt: skip


def temporal_text_of(rng: Random) -> str:
    """Text of a formula in r, A and progress."""
    shape = rng.choice(TEMPORAL if rng.random() < 0.6 else DOUBTFUL_TEMPORAL)
    return shape.format(
        f=text_of(rng, 0), g=text_of(rng, 0), x=f"({_quantity(rng)})", y=_quantity(rng), c=_constant(rng)
    )


def text_of(rng: Random, depth: int | None = None) -> str:
    """Text of a formula in r and A, nested at most `depth` deep (0 to 2 at random)."""
    depth = rng.choice((0, 1, 1, 2)) if depth is None else depth
    if depth == 0:
        return _leaf(rng)
    shape = rng.choice(KEEPING if rng.random() < 0.7 else DOUBTFUL)
    return shape.format(
        f=text_of(rng, depth - 1), g=text_of(rng, rng.randrange(depth)), x=_quantity(rng), w=rng.choice(WEIGHTS).format(c=_constant(rng)),
        c=_constant(rng), p=rng.choice(("1.5", "2", "3", "0.5", "1.37")),
    )  # fmt: skip


def _leaf(rng: Random) -> str:
    shape = rng.choice(VALID_SHAPES if rng.random() < 0.7 else DOUBTFUL_SHAPES)
    x = _quantity(rng)
    y = x if rng.random() < 0.3 else _quantity(rng)
    p = rng.choice(("1.5", "2", "3", "1.37"))
    return shape.format(x=f"({x})", y=y, c=_constant(rng), d=_constant(rng), p=p)


def _quantity(rng: Random) -> str:
    low, high = f"{rng.uniform(0.5, 0.95):.2g}", f"{rng.uniform(1.05, 1.5):.3g}"
    if rng.random() < 0.5:
        low, high = "0.8", "1.2"
    return rng.choice(QUANTITIES).format(c=_constant(rng), lo=low, hi=high)


def _constant(rng: Random) -> str:
    """A simple constant, or a fitted one with two or three digits."""
    if rng.random() < 0.5:
        return rng.choice(("0.5", "2", "0.2", "3", "1", "0.1", "5", "0.6", "1.001"))
    return f"{rng.lognormvariate(0, 1):.{rng.choice((1, 2, 2, 3))}f}".rstrip("0").rstrip(".") or "0.01"
