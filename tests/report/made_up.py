"""A made-up benchmark: seeded curves, scores, diagnostics and a summary in the formats of a run's artifacts."""

import numpy as np

from discovery.drifts.zoo import ZOO
from discovery.report.findings import Findings
from discovery.report.surfaces import ADVANTAGES, LOG_RATIOS, Surface

MANY = tuple(ZOO)
FEW = ("none", "ppo", "dpo", "spo", "kl_forward")
LONG = (
    "where(A >= 0, 4.1*relu(0.26*atan(A*log(clip(r, 0.82, 1.18))/0.26) - A*log(r)), relu(abs(A*r*log(r)) - 2.26))",
    "where(A >= 0, 5.15*relu(0.46*tanh(A*log(clip(r, 0.72, 1.28))/0.46) - A*log(r)), relu(abs(A*r*log(r)) - 2.26))",
)
NETWORKS = ("none", "ppo", "dpo", "network", *LONG)
SEEDS, UPDATES, POINTS = 32, 40, 32
QUANTILES = {"ratio_q01": -2.33, "ratio_q10": -1.28, "ratio_q50": 0.0, "ratio_q90": 1.28, "ratio_q99": 2.33}
MANIFEST = {
    "name": "bench",
    "command": ["drift", "bench"],
    "created": "2026-01-01",
    "git": "0" * 12,
    "python": "3.11",
    "device": "cpu",
    "versions": {"jax": "0"},
    "artifacts": {"scores.json": "0" * 64},
}


def label(env, settings):
    """The condition's label."""
    told = ",".join(f"{key}={value:g}" for key, value in settings.items())
    return f"{env}[{told}]" if settings else env


def curves(drifts, *, seed=0, diverging=None):
    """Learning curves that saturate at other heights; `diverging` of a drift's runs end early."""
    rng = np.random.default_rng(seed)
    found = {}
    for place, name in enumerate(drifts):
        height = 100 if name == "none" else 300 + 200 * np.cos(place)
        pace = np.linspace(0, 4, UPDATES)
        runs = height * (1 - np.exp(-pace * rng.uniform(0.5, 1.5, (SEEDS, 1))))
        runs = runs + rng.normal(0, 15, (SEEDS, UPDATES))
        for run in range((diverging or {}).get(name, 0)):
            runs[run, 10 + 4 * run :] = np.nan
        found[name] = runs.astype(np.float32)
    return found


def diagnostics(drifts, *, seed=0, diverging=None):
    """Diagnostics with the shapes and the magnitudes of real ones."""
    rng = np.random.default_rng(seed)
    x = np.linspace(0, 1, POINTS)
    found = {}
    for place, name in enumerate(drifts):
        noise = lambda scale: rng.normal(1, scale, (SEEDS, POINTS))  # noqa: E731
        spread = 0.02 + 0.1 * (place % 5) / 4
        size = 0.0 if name == "none" else 0.001 * (1 + place % 6)
        metrics = {
            "entropy": (0.69 - 0.5 * x) * noise(0.1),
            "approx_kl": 10.0 ** -(4 - 3 * ((place * 5) % 7) / 6) * (1 + x) * noise(0.1),
            "active": np.clip((0.1 + 0.12 * (place % 7)) * (1 - x / 2) * noise(0.1), 0, 1) * (name != "none"),
            "restrained": np.clip(0.05 * (place % 7) * noise(0.1), 0, 1) * (name != "none"),
            "drift": size * (1 - x / 2) * noise(0.2),
        }
        metrics["total_drift"] = np.cumsum(metrics["drift"], axis=1)
        metrics |= {key: np.exp(z * spread * (1 - x / 2) * noise(0.1)) for key, z in QUANTILES.items()}
        for run in range((diverging or {}).get(name, 0)):
            for values in metrics.values():
                values[run, 8 + 4 * run :] = np.nan
        found[name] = {key: values.astype(np.float32) for key, values in metrics.items()}
    return found


def rows(drifts, env, settings, found):
    """The rows of scores.json for the curves of a condition."""
    rng = np.random.default_rng(1)
    worst = min(float(np.nanmin(runs)) for runs in found.values())
    scores = {name: np.where(np.isfinite(runs[:, -1]), np.nanmean(runs, axis=1), worst) for name, runs in found.items()}
    made = []
    for name in drifts:
        values = scores[name]
        spread = 1.96 * values.std() / np.sqrt(SEEDS)
        better = float((values[:, None] > scores["ppo"]).mean())
        low, high = better - 0.1, better + 0.1
        word = "better" if low > 0.5 else "worse" if high < 0.5 else "not told apart"
        failed = np.flatnonzero(~np.isfinite(found[name][:, -1]))
        made.append(
            {
                "drift": name,
                "env": env,
                "metric": "auc",
                "scores": values.tolist(),
                "mean": float(values.mean()),
                "median": float(np.median(values)),
                "iqm": float(values.mean()),
                "iqm_low": float(values.mean() - spread),
                "iqm_high": float(values.mean() + spread * rng.uniform(0.8, 1.2)),
                "probability_of_improvement_over_ppo": better,
                "comparison_with_ppo": None
                if name == "ppo"
                else {"probability": better, "low": low, "high": high, "word": word, "seeds_needed": 40},
                "env_steps_per_second": 60_000.0,
                "settings": settings,
                "condition": label(env, settings),
                "failures": len(failed),
                "failed_seeds": failed.tolist(),
                "normalised": float((values.mean() - scores["none"].mean()) / 300),
            }
        )
    return made


def summary(drifts, settings, envs, left_out=None):
    """An entry of summary.json."""
    rng = np.random.default_rng(2)
    tau, share = np.linspace(-0.5, 1.5, 51), np.linspace(0, 1, 21)
    centres = {name: {"none": 0.0, "ppo": 1.0}.get(name, 0.5 + 0.55 * np.cos(k)) for k, name in enumerate(drifts)}

    def interval(value, width=0.06):
        low, high = (np.asarray(value) - width, np.asarray(value) + width * rng.uniform(0.7, 1.3))
        return {"value": np.asarray(value).tolist(), "low": low.tolist(), "high": high.tolist()}

    def compared(centre):
        found = interval(float(np.clip(centre / 2, 0.1, 0.9)), 0.08)
        return found, "better" if found["low"] > 0.5 else "worse" if found["high"] < 0.5 else "not told apart"

    improvement = []
    for name, centre in centres.items():
        if name != "ppo":
            found, word = compared(centre)
            needed = {"probability": found, "word": word, "seeds_needed": 120 if word == "not told apart" else None}
            improvement.append({"drift": name, "over": "ppo", **needed})
    return {
        "settings": settings,
        "metric": "auc",
        "normalisation": {"kind": "drifts", "zero": "none", "one": "ppo"},
        "environments": list(envs),
        "left_out": left_out or {},
        "seeds": SEEDS,
        "repetitions": 2000,
        "aggregates": [
            {
                "drift": name,
                "iqm": interval(centre),
                "mean": interval(centre - 0.02),
                "median": interval(centre + 0.02, 0.09),
                "optimality_gap": interval(max(0.02, 1 - centre)),
            }
            for name, centre in centres.items()
        ],
        "profiles": {
            "tau": tau.tolist(),
            "drifts": {name: interval(1 / (1 + np.exp(8 * (tau - c))), 0.04) for name, c in centres.items()},
        },
        "improvement": improvement,
        "sample_efficiency": {
            "share": share.tolist(),
            "drifts": {name: interval(c * (1 - np.exp(-4 * share)), 0.04) for name, c in centres.items()},
        },
    }


def findings(drifts=FEW, envs=("CartPole-v1", "Acrobot-v1"), sweep=(), diverging=None, **changes):
    """All that a benchmark run holds."""
    settings = [{"learning_rate": value} for value in sweep] or [{}]
    conditions = {label(env, values): (env, values) for values in settings for env in envs}
    found = {name: curves(drifts, seed=k, diverging=diverging) for k, name in enumerate(conditions)}
    ppo = {"num_envs": 8, "num_steps": 32, "total_steps": 8 * 32 * UPDATES}
    config = {
        "drifts": list(drifts),
        "envs": list(envs),
        "suite": None,
        "sweep": {"learning_rate": list(sweep)} if sweep else {},
        "normalise": "drifts",
        "conditions": {name: {"env": env, "settings": {**ppo, **values}} for name, (env, values) in conditions.items()},
    }
    made = {
        "rows": [row for name, (env, values) in conditions.items() for row in rows(drifts, env, values, found[name])],
        "summary": [summary(drifts, values, envs) for values in settings],
        "curves": found,
        "diagnostics": {name: diagnostics(drifts, seed=k, diverging=diverging) for k, name in enumerate(conditions)},
        "diagnostic_steps": {name: np.arange(1, POINTS + 1) * 320 for name in conditions},
    }
    return Findings(manifest={**MANIFEST, "config": config}, path="runs/made-up", **{**made, **changes})


def surfaces(drifts):
    """Made-up surfaces over the grid of the figures, a different curvature for each drift."""
    ratios = np.exp(LOG_RATIOS)
    found = []
    for place, name in enumerate(drifts):
        weight = 0.2 + 0.5 * (place % 6)
        f = weight * np.abs(ADVANTAGES)[:, None] * (ratios - 1) ** 2
        slope = ADVANTAGES[:, None] - 2 * weight * np.abs(ADVANTAGES)[:, None] * (ratios - 1)
        found.append(Surface(name, ratios, ADVANTAGES, f.astype(np.float32), slope.astype(np.float32)))
    return found
