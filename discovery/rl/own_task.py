"""A user's own environment under a name that everything else then knows."""

from typing import Any

from discovery.rl.task import Task, add_task


def register_task(name: str, env: Any, params: Any = None, *, episode_length: int | None = None) -> Task:
    """Register an environment with gymnax's or Brax's interface; which one is seen from what it has.

    gymnax: `reset(key, params)`, `step(key, state, action, params)`, which returns (obs, state, reward,
    terminated, truncated, info) and starts the next episode by itself, and `action_space(params)`.
    Brax: `reset(key)`, `step(state, action)` and `action_size`; time limit and restart are added here.

    It is reset and stepped once in the abstract, so that mistakes show now. The name is known to `make_task`,
    and so to meta-training and the benchmark, in this process only.

    Args:
        name: without comma, blank and @.
        env: the environment.
        params: gymnax's parameters; `env.default_params` where None.
        episode_length: Brax's interface only: the time limit in steps; 1000 where None.

    Returns:
        The task, as `make_task(name)` gives it from now on.

    Raises:
        ValueError: an object with neither interface, a name that is taken, an action space that is neither
            Discrete nor a Box, an observation that is not one array, an argument of the other interface.
    """
    steps = all(callable(getattr(env, method, None)) for method in ("reset", "step"))
    if steps and callable(getattr(env, "action_space", None)):
        if episode_length is not None:
            raise ValueError("episode_length must be None for gymnax's interface, where params hold the time limit")
        from discovery.rl.gymnax_task import wrap_gymnax

        task = wrap_gymnax(name, env, getattr(env, "default_params", None) if params is None else params)
    elif steps and hasattr(env, "action_size"):
        if params is not None:
            raise ValueError("params must be None for Brax's interface, which has none")
        from discovery.rl.brax_task import EPISODE_LENGTH, wrap_brax

        task = wrap_brax(name, env, episode_length=EPISODE_LENGTH if episode_length is None else episode_length)
    else:
        raise ValueError(
            f"env must have gymnax's interface (reset, step, action_space) or Brax's (reset, step, action_size); "
            f"got {type(env).__name__}, which lacks "
            f"{', '.join(part for part in ('reset', 'step', 'action_space', 'action_size') if not hasattr(env, part))}"
        )
    add_task(task)
    return task
