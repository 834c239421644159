"""The settings of one meta-training run. Imports no jax: the command line reads it at start-up."""

from dataclasses import dataclass
from typing import Annotated

import tyro

from discovery.drifts.variants import VARIANTS, activations_for, is_temporal
from discovery.settings import METRICS, require

STRATEGIES = ("open", "snes", "sep-cma", "cma", "pgpe")
SHAPINGS = ("rank", "zscore")


@dataclass(frozen=True)
class MetaTrainConfig:
    """Settings of the outer loop: an evolution strategy over the parameters of a neural drift.

    Attributes:
        variant: the form of the drift, see `discovery.drifts.neural.neural_drift`.
        width: hidden units of its network.
        xi: its margin ("lpo-zero", "lpo" and "ta-lpo").
        clip_eps: its clipping range ("lpo" and "ta-lpo").
        activation: of its hidden units: "tanh", "swish", "gelu", or "relu" (not for the residual variants).
        es: the evolution strategy: "open" (OpenES), "snes", "sep-cma", "cma" or "pgpe".
        generations: how many.
        population: members of a generation; even, for "open" and "pgpe" draw them in antithetic pairs.
        seeds_per_member: training runs that a member's fitness is the mean of; all members share the seeds.
        shaping: how "open" and "pgpe" see the fitness: "rank", centred ranks, or "zscore".
        sigma: standard deviation of the perturbations, at first.
        sigma_decay: factor on it per generation ("open"; the others adapt it).
        sigma_floor: it does not fall below this ("open").
        learning_rate: step size of Adam on the mean ("open" and "pgpe"; the others have a step size of their own).
        learning_rate_decay: factor on it per generation.
        learning_rate_floor: it does not fall below this.
        adam_b1: Adam's momentum.
        weight_decay: share of the mean that is taken away after each generation.
        fitness: "auc", the mean of the learning curve, or "final", the mean of its last tenth.
        evaluate_every: generations between judgements of the mean parameters; 0 judges only the last.
        evaluate_seeds: training runs per judgement, on seeds that training never sees.
        checkpoint_every: generations between checkpoints.
        keep_checkpoints: how many of the newest checkpoints stay on disk.
        memory_gib: memory a device may use, in GiB; 0 takes what is free.
        seed: root of all randomness.

    Raises:
        ValueError: one line that names the field, the value and what is allowed.
    """

    variant: str = "residual"
    width: int = 128
    xi: float = 1e-4
    clip_eps: float = 0.2
    activation: str = "tanh"
    es: Annotated[str, tyro.conf.arg(aliases=("--es",))] = "open"
    generations: int = 40
    population: int = 32
    seeds_per_member: int = 1
    shaping: str = "rank"
    sigma: float = 0.1
    sigma_decay: float = 1.0
    sigma_floor: float = 0.01
    learning_rate: float = 0.05
    learning_rate_decay: float = 1.0
    learning_rate_floor: float = 0.0
    adam_b1: float = 0.9
    weight_decay: float = 0.0
    fitness: str = "auc"
    evaluate_every: int = 8
    evaluate_seeds: int = 32
    checkpoint_every: int = 5
    keep_checkpoints: int = 3
    memory_gib: float = 0.0
    seed: int = 0

    def __post_init__(self) -> None:
        for name, allowed in (
            ("variant", VARIANTS),
            ("activation", activations_for(self.variant)),
            ("es", STRATEGIES),
            ("shaping", SHAPINGS),
            ("fitness", METRICS),
        ):
            require(getattr(self, name) in allowed, name, getattr(self, name), f"one of {', '.join(allowed)}")
        for name in (
            "width",
            "generations",
            "seeds_per_member",
            "evaluate_seeds",
            "checkpoint_every",
            "keep_checkpoints",
        ):
            require(getattr(self, name) >= 1, name, getattr(self, name), "at least 1")
        for name in ("xi", "evaluate_every", "sigma_floor", "learning_rate_floor", "memory_gib", "seed"):
            require(getattr(self, name) >= 0, name, getattr(self, name), "at least 0")
        for name in ("clip_eps", "sigma", "learning_rate"):
            require(getattr(self, name) > 0, name, getattr(self, name), "above 0")
        for name in ("sigma_decay", "learning_rate_decay"):
            require(0 < getattr(self, name) <= 1, name, getattr(self, name), "above 0 and at most 1")
        for name in ("adam_b1", "weight_decay"):
            require(0 <= getattr(self, name) < 1, name, getattr(self, name), "at least 0 and below 1")
        require(
            self.population >= 2 and self.population % 2 == 0,
            "population",
            self.population,
            "an even number of at least 2 (members come in antithetic pairs)",
        )

    @property
    def sees_progress(self) -> bool:
        """Whether the drift takes training progress n/N as an input."""
        return is_temporal(self.variant)
