"""Published PPO settings, environment by environment: where benchmarks and presets start from.

Where a source asks for something that `PPOConfig` does not have, it is left out: purejaxrl also clips the value
loss, Stable-Baselines3's zoo also explores with state-dependent noise, and its clip range is part of the drift here.
What was changed for a published setting to reach its return here is said beside it.
"""

from dataclasses import replace

from discovery.rl.config import PPOConfig
from discovery.rl.task import BRAX_TASKS

_CARTPOLE = PPOConfig(  # purejaxrl/ppo.py
    total_steps=500_000,
    num_envs=4,
    num_steps=128,
    update_epochs=4,
    num_minibatches=4,
    learning_rate=2.5e-4,
    gamma=0.99,
    reward_scale=1.0,
    gae_lambda=0.95,
    ent_coef=0.01,
    hidden=(64, 64),
)

_ACROBOT = replace(  # gymnax-blines/agents/Acrobot-v1/ppo.yaml, without its warm-up
    _CARTPOLE,
    num_envs=16,
    num_steps=32,
    learning_rate=5e-4,
    anneal_learning_rate=False,
    max_grad_norm=1.0,
)

_PENDULUM = replace(  # rl-baselines3-zoo/hyperparams/ppo.yml: gamma, epochs, entropy, learning rate
    _CARTPOLE,  # ours: 16 envs x 128 steps, not 4 x 1024, annealed, normalised, for there is no exploration noise
    total_steps=400_000,
    num_envs=16,
    num_steps=128,
    update_epochs=10,
    num_minibatches=16,
    learning_rate=1e-3,
    gamma=0.9,
    ent_coef=0.0,
    normalise_obs=True,
    normalise_reward=True,
)

_MOUNTAIN_CAR = replace(  # rl-baselines3-zoo/hyperparams/ppo.yml
    _CARTPOLE,
    total_steps=1_000_000,
    num_envs=16,
    num_steps=16,
    learning_rate=3e-4,
    gae_lambda=0.98,
    ent_coef=0.0,
    normalise_obs=True,
    normalise_reward=True,
)

_MOUNTAIN_CAR_CONTINUOUS = replace(  # rl-baselines3-zoo/hyperparams/ppo.yml: gamma, lambda, loss weights, gradient norm
    _CARTPOLE,  # ours: 16 envs x 128 steps, not 1 x 8, and a learning rate that suits them
    total_steps=400_000,
    num_envs=16,
    num_steps=128,
    update_epochs=10,
    num_minibatches=8,
    learning_rate=3e-4,
    gamma=0.9999,
    gae_lambda=0.9,
    ent_coef=0.00429,
    vf_coef=0.19,
    max_grad_norm=5.0,
    normalise_obs=True,
    normalise_reward=True,
)

_MINATAR = PPOConfig(  # purejaxrl's examples/brax_minatar.ipynb
    total_steps=10_000_000,
    num_envs=64,
    num_steps=128,
    update_epochs=4,
    num_minibatches=8,
    learning_rate=5e-3,
    gamma=0.99,
    reward_scale=1.0,
    gae_lambda=0.95,
    ent_coef=0.01,
    hidden=(64, 64),
    activation="relu",
)
_MINATAR_LEARNING_RATES = {  # learn-rl-algorithms' later search, game by game; Seaquest has purejaxrl's
    "Asterix-MinAtar": 3e-3,
    "Breakout-MinAtar": 1e-2,
    "Freeway-MinAtar": 1e-3,
    "Seaquest-MinAtar": 5e-3,
    "SpaceInvaders-MinAtar": 7e-3,
}

_BRAX = PPOConfig(  # purejaxrl/ppo_continuous_action.py, for every environment
    total_steps=50_000_000,
    num_envs=2048,
    num_steps=10,
    update_epochs=4,
    num_minibatches=32,
    learning_rate=3e-4,
    anneal_learning_rate=False,
    gamma=0.99,
    reward_scale=1.0,
    gae_lambda=0.95,
    ent_coef=0.0,
    hidden=(256, 256),
    normalise_obs=True,
    normalise_reward=True,
)

_TUNED = {
    "CartPole-v1": _CARTPOLE,
    "Acrobot-v1": _ACROBOT,
    "Pendulum-v1": _PENDULUM,
    "MountainCar-v0": _MOUNTAIN_CAR,
    "MountainCarContinuous-v0": _MOUNTAIN_CAR_CONTINUOUS,
    **{name: replace(_MINATAR, learning_rate=rate) for name, rate in _MINATAR_LEARNING_RATES.items()},
    **dict.fromkeys(BRAX_TASKS, _BRAX),
}


def tuned(name: str) -> PPOConfig:
    """The settings for an environment, at the published number of steps; a Brax backend (`ant@mjx`) changes nothing.

    Raises:
        ValueError: an environment without settings.
    """
    base = name.partition("@")[0]
    if base not in _TUNED:
        raise ValueError(f"no tuned settings for {name!r}: there are some for {', '.join(_TUNED)}")
    return _TUNED[base]
