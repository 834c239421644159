"""Drifts as plain data: what is sent to another process, and what a stored result is known by."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import jax.numpy as jnp
import numpy as np

from discovery.drifts.drift import Drift, Params
from discovery.drifts.lowering import lower
from discovery.drifts.neural import neural_drift
from discovery.expression.node import DRIFT_SYMBOLS, Expr
from discovery.expression.parser import parse
from discovery.expression.printer import to_text


@dataclass(frozen=True)
class DriftSpec:
    """A formula, or a network with its weights; hashable, and equal where the drifts are the same.

    Attributes:
        text: the canonical text of the formula, or None for a network.
        form: the arguments of `neural_drift` by name, sorted; empty for a formula.
        weights: (name, shape, little-endian float32 bytes) of each array, sorted; empty for a formula.
    """

    text: str | None
    form: tuple[tuple[str, Any], ...] = ()
    weights: tuple[tuple[str, tuple[int, ...], bytes], ...] = ()

    def build(self) -> tuple[Drift, Params]:
        """The drift and its parameters.

        Raises:
            ValueError: the text is no formula of a drift, or the form is refused by `neural_drift`.
        """
        if self.text is not None:
            return lower(parse(self.text, allowed=DRIFT_SYMBOLS)), ()
        params = {name: jnp.asarray(np.frombuffer(data, "<f4").reshape(shape)) for name, shape, data in self.weights}
        return neural_drift(**dict(self.form)), params

    def identity(self) -> dict[str, Any]:
        """JSON that two specs share exactly when their drifts are the same: the text, or form and hash of weights."""
        if self.text is not None:
            return {"formula": self.text}
        digest = hashlib.sha256()
        for name, shape, data in self.weights:
            digest.update(f"{name}{list(shape)}".encode())
            digest.update(data)
        return {"network": dict(self.form), "weights": digest.hexdigest()}


def formula_spec(expr: Expr) -> DriftSpec:
    """The spec of a formula."""
    return DriftSpec(to_text(expr))


def network_spec(form: Mapping[str, Any], params: Params) -> DriftSpec:
    """The spec of a neural drift: the arguments of `neural_drift` and its parameters."""
    arrays = {name: np.asarray(array, "<f4") for name, array in sorted(params.items())}
    weights = tuple((name, array.shape, array.tobytes()) for name, array in arrays.items())
    return DriftSpec(None, tuple(sorted(form.items())), weights)
