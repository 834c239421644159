"""The settings of one meta-training run. Imports no jax: the command line reads it at start-up."""

from dataclasses import dataclass

from discovery.settings import METRICS, require

VARIANTS = ("lpo-zero", "lpo", "residual", "ta-lpo", "ta-residual")
ACTIVATIONS = ("tanh", "relu", "swish", "gelu")


@dataclass(frozen=True)
class MetaTrainConfig:
    """Settings of the outer loop: an evolution strategy over the parameters of a neural drift.

    Attributes:
        variant: the form of the drift, see `discovery.drifts.neural.neural_drift`.
        width: hidden units of its network.
        xi: its margin ("lpo-zero", "lpo" and "ta-lpo").
        clip_eps: its clipping range ("lpo" and "ta-lpo").
        activation: of its hidden units: "tanh", "swish", "gelu", or "relu" (not for the residual variants).
        generations: how many.
        population: members of a generation; even, for they come in antithetic pairs.
        seeds_per_member: training runs that a member's fitness is the mean of; all members share the seeds.
        sigma: standard deviation of the perturbations.
        sigma_decay: factor on sigma per generation.
        sigma_floor: sigma does not fall below it.
        learning_rate: step size of Adam on the mean.
        learning_rate_decay: factor on it per generation.
        fitness: "auc", the mean of the learning curve, or "final", the mean of its last tenth.
        evaluate_every: generations between judgements of the mean parameters; 0 judges only the last.
        evaluate_seeds: training runs per judgement, on seeds that training never sees.
        checkpoint_every: generations between checkpoints, for the caller that writes them.
        seed: root of all randomness.

    Raises:
        ValueError: one line that names the field, the value and what is allowed.
    """

    variant: str = "residual"
    width: int = 128
    xi: float = 1e-4
    clip_eps: float = 0.2
    activation: str = "tanh"
    generations: int = 40
    population: int = 32
    seeds_per_member: int = 1
    sigma: float = 0.1
    sigma_decay: float = 1.0
    sigma_floor: float = 0.01
    learning_rate: float = 0.05
    learning_rate_decay: float = 1.0
    fitness: str = "auc"
    evaluate_every: int = 8
    evaluate_seeds: int = 32
    checkpoint_every: int = 5
    seed: int = 0

    def __post_init__(self) -> None:
        require(self.variant in VARIANTS, "variant", self.variant, f"one of {', '.join(VARIANTS)}")
        smooth = tuple(name for name in ACTIVATIONS if name != "relu")  # the projection needs a slope at 0
        activations = smooth if self.variant.endswith("residual") else ACTIVATIONS
        allowed = f"one of {', '.join(activations)} for {self.variant}"
        require(self.activation in activations, "activation", self.activation, allowed)
        require(self.fitness in METRICS, "fitness", self.fitness, f"one of {', '.join(METRICS)}")
        for name in ("width", "generations", "seeds_per_member", "evaluate_seeds", "checkpoint_every"):
            require(getattr(self, name) >= 1, name, getattr(self, name), "at least 1")
        for name in ("xi", "evaluate_every", "sigma_floor", "seed"):
            require(getattr(self, name) >= 0, name, getattr(self, name), "at least 0")
        for name in ("clip_eps", "sigma", "learning_rate"):
            require(getattr(self, name) > 0, name, getattr(self, name), "above 0")
        for name in ("sigma_decay", "learning_rate_decay"):
            require(0 < getattr(self, name) <= 1, name, getattr(self, name), "above 0 and at most 1")
        require(
            self.population >= 2 and self.population % 2 == 0,
            "population",
            self.population,
            "an even number of at least 2 (members come in antithetic pairs)",
        )

    @property
    def sees_progress(self) -> bool:
        """Whether the drift takes training progress n/N as an input."""
        return self.variant.startswith("ta-")
