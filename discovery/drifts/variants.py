"""The forms of neural drifts, and which activations they take. Imports no jax: settings are read at start-up."""

VARIANTS = ("lpo-zero", "lpo", "residual", "ta-lpo", "ta-residual")
TEMPORAL = "ta-"
ACTIVATIONS = ("tanh", "relu", "swish", "gelu")
"""All with act(0) = 0, by which the network vanishes at r = 1."""
SLOPE_AT_ZERO = {"tanh": 1.0, "swish": 0.5, "gelu": 0.5}
"""act'(0), where it exists."""


def activations_for(variant: str) -> tuple[str, ...]:
    """The activations that a variant takes: the residual projection needs act'(0), which "relu" does not have."""
    return tuple(SLOPE_AT_ZERO) if variant.endswith("residual") else ACTIVATIONS


def is_temporal(variant: str) -> bool:
    """Whether a variant sees training progress."""
    return variant.startswith(TEMPORAL)
