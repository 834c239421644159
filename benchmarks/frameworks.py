"""Our inner loop against rejax and Stable-Baselines3: one task, one network, the same settings and number of steps.

All run in one process, round about, each round with another seed; compilation is not counted. What is not installed has
a row that says so: `pip install '.[frameworks]'`.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from itertools import count

import gymnax
import jax
import numpy as np
from rich.table import Table

from benchmarks.interleaved import interleaved, ratio
from benchmarks.purejaxrl_loop import CARTPOLE, CLIP_EPS
from discovery.drifts.lowering import lower
from discovery.drifts.zoo import ZOO
from discovery.report.terminal import console
from discovery.rl.ppo import make_train
from discovery.rl.task import make_task

TASK, ROUNDS = "CartPole-v1", 3
CONFIG = replace(CARTPOLE, total_steps=51_200)
OURS = "ours, drift ppo"

Run = Callable[[int], Callable[[], float]]
"""A whole training run of CONFIG.env_steps from a seed; what it gives tells the final return, off the clock."""


def ours() -> Run:
    """This package with ppo's drift."""
    train = make_train(make_task(TASK), CONFIG, lower(ZOO["ppo"].expr))
    run = jax.jit(lambda key: train(key, ()).returns[-1])
    return lambda seed: partial(float, jax.block_until_ready(run(jax.random.key(seed))))


def rejax() -> Run:
    """rejax; it clips each entry of the gradient, does not anneal, and its return is of 128 evaluations."""
    from rejax import PPO
    from rejax.evaluate import evaluate

    env, env_params = gymnax.make(TASK)

    class FiveValues(type(env)):
        """The environment with the step of gymnax before 1.0: done, whether terminated or truncated."""

        def step(self, key, state, action, params=None):
            obs, state, reward, terminated, truncated, info = super().step(key, state, action, params)
            return obs, state, reward, terminated | truncated, info

    env = FiveValues()
    algorithm = PPO.create(
        env=env,
        env_params=env_params,
        total_timesteps=CONFIG.env_steps,
        eval_freq=CONFIG.env_steps,
        skip_initial_evaluation=True,
        num_envs=CONFIG.num_envs,
        num_steps=CONFIG.num_steps,
        num_epochs=CONFIG.update_epochs,
        num_minibatches=CONFIG.num_minibatches,
        learning_rate=CONFIG.learning_rate,
        gamma=CONFIG.gamma,
        gae_lambda=CONFIG.gae_lambda,
        clip_eps=CLIP_EPS,
        ent_coef=CONFIG.ent_coef,
        vf_coef=CONFIG.vf_coef,
        max_grad_norm=CONFIG.max_grad_norm,
        agent_kwargs={"hidden_layer_sizes": CONFIG.hidden, "activation": CONFIG.activation},
    )
    algorithm = algorithm.replace(eval_callback=lambda algorithm, state, key: ())
    train = jax.jit(lambda key: algorithm.train(key)[0])

    def run(seed: int) -> Callable[[], float]:
        key = jax.random.key(seed)
        act = algorithm.make_act(jax.block_until_ready(train(key)))
        return lambda: float(evaluate(act, key, env, env_params, 128)[1].mean())

    return run


def stable_baselines3() -> Run:
    """Stable-Baselines3 on one thread of the CPU, with gymnasium's environment."""
    from stable_baselines3 import PPO
    from stable_baselines3.common.env_util import make_vec_env
    from torch import set_num_threads
    from torch.nn import ReLU, Tanh

    set_num_threads(1)  # the best for networks this small: more threads mostly wait for one another

    def run(seed: int) -> Callable[[], float]:
        model = PPO(
            "MlpPolicy",
            make_vec_env(TASK, CONFIG.num_envs, seed=seed),
            n_steps=CONFIG.num_steps,
            batch_size=CONFIG.batch_size // CONFIG.num_minibatches,
            n_epochs=CONFIG.update_epochs,
            learning_rate=lambda left: CONFIG.learning_rate * left,
            gamma=CONFIG.gamma,
            gae_lambda=CONFIG.gae_lambda,
            clip_range=CLIP_EPS,
            ent_coef=CONFIG.ent_coef,
            vf_coef=CONFIG.vf_coef,
            max_grad_norm=CONFIG.max_grad_norm,
            policy_kwargs={
                "net_arch": list(CONFIG.hidden),
                "activation_fn": {"tanh": Tanh, "relu": ReLU}[CONFIG.activation],
            },
            seed=seed,
            device="cpu",
        )
        model.learn(CONFIG.env_steps)
        return lambda: float(np.mean([episode["r"] for episode in model.ep_info_buffer or ()]))

    return run


FRAMEWORKS: dict[str, Callable[[], Run]] = {OURS: ours, "rejax": rejax, "Stable-Baselines3": stable_baselines3}


def main() -> None:
    """Print the table of steps a second and final returns."""
    runs, missing = {}, []
    for name, make in FRAMEWORKS.items():
        try:
            runs[name] = make()
        except ImportError:
            missing.append(name)
    finals: dict[str, list[Callable[[], float]]] = {name: [] for name in runs}
    seeds = {name: count() for name in runs}
    seconds = interleaved(
        {name: lambda name=name: finals[name].append(runs[name](next(seeds[name]))) for name in runs}, rounds=ROUNDS
    )
    table = Table(title=f"{TASK}, {CONFIG.env_steps:,} steps with {CONFIG.num_envs} environments, {ROUNDS} rounds")
    for column in ("framework", "env steps/s", "ours is faster by", "final return (mean of seeds)"):
        table.add_column(column)
    for name in FRAMEWORKS:
        if name in missing:
            table.add_row(name, "not installed", "", "")
            continue
        rate = CONFIG.env_steps / np.median(seconds[name])
        mean = np.mean([final() for final in finals[name]])
        table.add_row(name, f"{rate:,.0f}", f"{ratio(seconds, name, OURS)[0]:.1f}x", f"{mean:.0f}")
    console().print(table)


if __name__ == "__main__":
    main()
