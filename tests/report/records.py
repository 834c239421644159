"""Records of a made-up meta-training run."""

NAN = float("nan")


def record(generation, *, judged=False, envs=("CartPole-v1",), seconds=5.0, env_steps=1000, **changes):
    """A record as `drift train` makes them: the score on held-out seeds grows by ten a generation."""
    held_out, ppo, none = (100.0 + 10 * generation, 450.25, 98.75) if judged else (None, None, None)
    fitness = NAN if generation == 0 else 200.5 + generation
    scores = {"held_out": held_out, "held_out_ppo": ppo, "held_out_none": none}
    return {
        "generation": generation,
        "fitness_min": fitness - 50,
        "fitness_low": fitness - 20,
        "fitness_median": fitness,
        "fitness_high": fitness + 20,
        "fitness_max": fitness + 50,
        "nan_count": 0,
        **scores,
        "sigma": 0.1,
        "env_steps": env_steps,
        "env_steps_per_second": env_steps / seconds,
        "seconds": seconds,
        "by_env": {name: {"fitness_median": fitness, **scores} for name in envs},
        **changes,
    }
