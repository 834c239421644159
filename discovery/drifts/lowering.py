"""Formulas to JAX: the tree is walked once, at trace time, so that XLA sees plain elementwise code.

Values are those of `discovery.expression.evaluate` in float32; gradients are finite everywhere. Two devices see to it:
* under where(c, x, y) the branch not taken is fed the harmless point (r, A) = (1, 0), so that its NaN or infinity
  never reaches the gradient as 0 * inf (and progress 1/2, if c speaks of progress);
* each primitive is cut off where float32 would overflow, far outside of what training visits: a slope there is 0.
"""

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

import jax
import jax.numpy as jnp

from discovery.drifts.drift import Drift, progress_beside
from discovery.expression.node import ADVANTAGE, HALF, PROGRESS, RATIO, Apply, Expr, Number, Symbol, symbols
from discovery.expression.operators import OPERATORS

_TINY = 1.0e-30  # the slope of log there, times what follows, stays below the largest float32
_HUGE = 1.0e37  # a few of these add up without overflow
_MAX_EXPONENT = 60.0  # exp(60) = 1e26 leaves room for products below the largest float32, 3.4e38
_HARMLESS = {RATIO.name: 1.0, ADVANTAGE.name: 0.0, PROGRESS.name: 0.5}

_Environment = Mapping[str, jax.Array]


def lower(expr: Expr) -> Drift:
    """The drift that computes `expr`, with no parameters.

    Args:
        expr: a formula in r and A, and in progress if the drift changes as training proceeds.

    Raises:
        ValueError: the formula has other symbols; on apply, progress is missing or of a shape that does not broadcast
            to that of ratio.
    """
    extra = symbols(expr) - set(_HARMLESS)
    if extra:
        raise ValueError(
            f"the formula depends on {', '.join(sorted(extra))}; a drift may depend on r, A and progress only"
        )
    sees_progress = PROGRESS.name in symbols(expr)

    def apply(
        params: Any, ratio: jax.Array, advantage: jax.Array, *, progress: jax.typing.ArrayLike | None = None
    ) -> jax.Array:
        del params
        ratio, advantage = jnp.asarray(ratio), jnp.asarray(advantage)
        env = {RATIO.name: ratio, ADVANTAGE.name: advantage}
        if sees_progress:
            if progress is None:
                raise ValueError("the formula depends on progress; pass progress=n/N, in [0, 1]")
            env[PROGRESS.name] = progress_beside(ratio, progress)
        value = _lower(expr, env, {})
        return jnp.broadcast_to(value, jnp.broadcast_shapes(ratio.shape, advantage.shape)).astype(ratio.dtype)

    return Drift(lambda key: (), apply, sees_progress)


def _lower(expr: Expr, env: _Environment, seen: dict[Expr, Any]) -> Any:
    """The value of `expr`; `seen` shares equal subexpressions within one environment."""
    if isinstance(expr, Number):
        return float(expr.value)
    if isinstance(expr, Symbol):
        return env[expr.name]
    if expr not in seen:
        seen[expr] = _where(expr, env, seen) if expr.op == "where" else _apply(expr, env, seen)
    return seen[expr]


def _where(expr: Apply, env: _Environment, seen: dict[Expr, Any]) -> jax.Array:
    condition, x, y = expr.args
    holds = _lower(condition, env, seen)
    # progress, one number in training, is not spread over the batch unless it decides
    moved = {name for name in env if name != PROGRESS.name or name in symbols(condition)}
    taken = {**env, **{name: jnp.where(holds, env[name], _HARMLESS[name]) for name in moved}}
    other = {**env, **{name: jnp.where(holds, _HARMLESS[name], env[name]) for name in moved}}
    return jnp.where(holds, _lower(x, taken, {}), _lower(y, other, {}))


def _apply(expr: Apply, env: _Environment, seen: dict[Expr, Any]) -> Any:
    def value(arg: Expr) -> Any:
        return _lower(arg, env, seen)

    match expr:
        case Apply("pow", (base, Number(exponent))):
            return _constant_power(value(base), exponent)
        case Apply("pow", (base, exponent)):
            return _exp(value(exponent) * _log(value(base)))
        case Apply("log", (Apply("cosh", (argument,)),)):  # cosh overflows, its logarithm does not
            magnitude = jnp.abs(value(argument))
            return magnitude + jnp.log1p(jnp.exp(-2 * magnitude)) - jnp.log(2.0)
        case Apply("log", (Apply("add", (Apply("exp", (argument,)), Number(one))),)) if one == 1:
            return jax.nn.softplus(value(argument))
        case Apply(op, args) if op in _GUARDED:
            return _GUARDED[op](*map(value, args))
        case Apply(op, args):
            return OPERATORS[op].array(jnp, *map(value, args))


def _log(x: Any) -> jax.Array:
    return jnp.log(jnp.maximum(x, _TINY))


def _exp(x: Any) -> jax.Array:
    return jnp.exp(jnp.minimum(x, _MAX_EXPONENT))


def _product(*factors: Any) -> Any:
    result = factors[0]
    for factor in factors[1:]:
        result = result * factor
    # An infinity times a slope of 0 would be NaN. The slope of clamp is one select, that of clip a division of ties.
    return jax.lax.clamp(-_HUGE, result, _HUGE)


_GUARDED: dict[str, Callable[..., Any]] = {
    "mul": _product,
    "log": _log,
    "exp": _exp,
    "sinh": lambda x: jnp.sinh(jnp.clip(x, -_MAX_EXPONENT, _MAX_EXPONENT)),
    "cosh": lambda x: jnp.cosh(jnp.clip(x, -_MAX_EXPONENT, _MAX_EXPONENT)),
    "softplus": jax.nn.softplus,
}


def _constant_power(base: Any, exponent: Fraction) -> jax.Array:
    """base ** exponent with a finite slope: 0 at a root of 0, and where the power or its slope would overflow."""
    if exponent.denominator == 1 and exponent >= 0:
        limit = _HUGE ** (1 / max(1, int(exponent)))
        return jax.lax.integer_pow(jnp.clip(base, -limit, limit), int(exponent))
    if exponent.denominator == 1:
        floor = _TINY ** (1 / (1 - int(exponent)))
        away = jnp.where(jnp.abs(base) < floor, jnp.where(jnp.signbit(base), -floor, floor), base)
        return jax.lax.integer_pow(away, int(exponent))
    if exponent > 0:
        positive = base > 0
        root = jnp.where(positive, base, 1.0)
        return jnp.where(positive, jnp.sqrt(root) if exponent == HALF else root ** float(exponent), 0.0)
    floor = _TINY ** float(1 / (1 - exponent))
    return jnp.maximum(base, floor) ** float(exponent)
