"""The settings of one PPO training run. Imports no jax: the command line reads it at start-up."""

from dataclasses import dataclass

from discovery.settings import require

ACTIVATIONS = ("tanh", "relu")
NETWORKS = ("mlp", "cnn")
MATMULS = ("float32", "bfloat16")


@dataclass(frozen=True)
class PPOConfig:
    """Settings of the inner loop.

    The defaults are the quick setting: small networks and a step size and number of epochs that stress the
    policy update, because drifts only tell themselves apart where it is stressed.

    Attributes:
        total_steps: environment steps over all environments; what does not fill a whole update is dropped.
        num_envs: environments run side by side, B.
        num_steps: steps of each environment between updates, T.
        update_epochs: passes over a rollout.
        num_minibatches: gradient steps in a pass; divides `num_envs * num_steps`.
        learning_rate: Adam's step size.
        anneal_learning_rate: lower it linearly to 0 over the updates.
        adam_eps: Adam's epsilon.
        gamma: discount.
        reward_scale: factor on the rewards that the networks learn from (the returns that are reported keep
            the task's own units); it should bring discounted returns to the order of 10.
        gae_lambda: lambda of generalised advantage estimation.
        ent_coef: weight of the entropy bonus.
        vf_coef: weight of the value loss.
        max_grad_norm: the global gradient norm is clipped to this.
        hidden: widths of the hidden layers, the same for actor and critic.
        activation: "tanh" or "relu".
        normalise_advantage: (A - mean) / (std + 1e-8) within each minibatch.
        network: "mlp", or "cnn" for tasks whose observations are images: a 3x3 convolution with 16 channels
            before the hidden layers, as MinAtar's published agents have it (they set `hidden` to 128).
        matmul: "float32" (at JAX's default precision: recent GPUs round its products to TF32), or "bfloat16" for
            matrix products and activations; parameters, log-probabilities, losses and Adam stay float32.
        normalise_obs: the networks see (obs - mean) / std of all rollouts before the present one, clipped to +-10.
        normalise_reward: rewards are divided by the running standard deviation of the discounted return and
            clipped to +-10, then multiplied by `reward_scale`.

    Raises:
        ValueError: one line that names the field, the value and what is allowed.
    """

    total_steps: int = 20_480
    num_envs: int = 8
    num_steps: int = 64
    update_epochs: int = 8
    num_minibatches: int = 4
    learning_rate: float = 1e-2
    anneal_learning_rate: bool = True
    adam_eps: float = 1e-5
    gamma: float = 0.95
    reward_scale: float = 0.1
    gae_lambda: float = 0.95
    ent_coef: float = 0.0
    vf_coef: float = 0.5
    max_grad_norm: float = 0.5
    hidden: tuple[int, ...] = (16, 16)
    activation: str = "tanh"
    normalise_advantage: bool = True
    network: str = "mlp"
    matmul: str = "float32"
    normalise_obs: bool = False
    normalise_reward: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "hidden", tuple(self.hidden))  # TOML and JSON give lists
        for name in ("total_steps", "num_envs", "num_steps", "update_epochs", "num_minibatches"):
            require(getattr(self, name) >= 1, name, getattr(self, name), "at least 1")
        for name in ("learning_rate", "adam_eps", "max_grad_norm", "reward_scale"):
            require(getattr(self, name) > 0, name, getattr(self, name), "above 0")
        for name in ("gamma", "gae_lambda"):
            require(0 <= getattr(self, name) <= 1, name, getattr(self, name), "between 0 and 1")
        for name in ("ent_coef", "vf_coef"):
            require(getattr(self, name) >= 0, name, getattr(self, name), "at least 0")
        require(
            len(self.hidden) > 0 and all(width >= 1 for width in self.hidden),
            "hidden",
            self.hidden,
            "one or more widths of at least 1",
        )
        for name, allowed in (("activation", ACTIVATIONS), ("network", NETWORKS), ("matmul", MATMULS)):
            require(getattr(self, name) in allowed, name, getattr(self, name), f"one of {', '.join(allowed)}")
        require(
            self.batch_size % self.num_minibatches == 0,
            "num_minibatches",
            self.num_minibatches,
            f"a divisor of num_envs * num_steps = {self.batch_size}",
        )
        require(
            self.batch_size // self.num_minibatches >= 2 or not self.normalise_advantage,
            "num_minibatches",
            self.num_minibatches,
            f"at most half of num_envs * num_steps = {self.batch_size} (advantages are normalised)",
        )
        require(
            self.total_steps >= self.batch_size,
            "total_steps",
            self.total_steps,
            f"at least num_envs * num_steps = {self.batch_size}",
        )

    @property
    def batch_size(self) -> int:
        """Transitions in a rollout, num_envs * num_steps."""
        return self.num_envs * self.num_steps

    @property
    def num_updates(self) -> int:
        """Rollouts in a run, total_steps // batch_size."""
        return self.total_steps // self.batch_size

    @property
    def env_steps(self) -> int:
        """Environment steps really taken, num_updates * batch_size."""
        return self.num_updates * self.batch_size
