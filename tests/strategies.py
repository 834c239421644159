"""Hypothesis strategies for random expressions of the language."""

from fractions import Fraction

from hypothesis import strategies as st

from discovery.expression.node import ADVANTAGE, RATIO, Apply, Expr, Number, power

CONSTANTS = st.builds(
    lambda n, d: Number(Fraction(n, d)), st.integers(-12, 12), st.sampled_from([1, 2, 3, 4, 5, 7, 10, 1000])
)
LEAVES = st.one_of(st.just(RATIO), st.just(ADVANTAGE), CONSTANTS)
UNARY = ("tanh", "sinh", "cosh", "sech", "sigmoid", "softplus", "atan", "asinh", "abs", "sign", "relu", "exp", "log")


def _extend(children: st.SearchStrategy[Expr]) -> st.SearchStrategy[Expr]:
    # against constants only: between two computed sides a tie would be decided by rounding
    comparison = st.builds(lambda op, x, y: Apply(op, (x, y)), st.sampled_from(["le", "lt"]), children, CONSTANTS)
    return st.one_of(
        st.builds(lambda op, x: Apply(op, (x,)), st.sampled_from(UNARY), children),
        st.builds(
            lambda op, args: Apply(op, tuple(args)),
            st.sampled_from(["add", "mul", "min", "max"]),
            st.lists(children, min_size=2, max_size=3),
        ),
        st.builds(power, children, st.sampled_from([-2, -1, 2, 3, Fraction(1, 2), Fraction(-1, 2), Fraction(3, 2)])),
        st.builds(lambda c, x, y: Apply("where", (c, x, y)), comparison, children, children),
        st.builds(lambda x, lo, hi: Apply("clip", (x, lo, hi)), children, CONSTANTS, CONSTANTS),
    )


def expressions(max_leaves: int = 8) -> st.SearchStrategy[Expr]:
    """Random, uncanonical expressions in r and A."""
    return st.recursive(LEAVES, _extend, max_leaves=max_leaves)
