"""A run with everything that a report can show: the reference run with statistics, diagnostics and more verdicts."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from discovery.expression.parser import parse
from discovery.proof.prove import decide
from discovery.report.findings import Findings, read_findings
from discovery.report.html.catalogue import read_certificates
from discovery.report.surfaces import ADVANTAGES, LOG_RATIOS, Surface
from discovery.runs import Run

REFERENCE = Path(__file__).parents[2] / "runs" / "reference" / "pendulum-cartpole"
REFUTED = "A*(r - 1)"


def interval(value, width=0.05):
    return {"value": value, "low": value - width, "high": value + width}


def band(values):
    return {"value": list(values), "low": [v - 0.05 for v in values], "high": [v + 0.05 for v in values]}


def below(tau, level):
    """A profile that falls around a level."""
    return 1 / (1 + np.exp(8 * (tau - level)))


def summary_of(drifts):
    """Statistics across environments for drifts, every one with its own numbers."""
    level = {name: 0.5 + 0.1 * place for place, name in enumerate(drifts)}
    aggregates = [
        {"drift": name, "iqm": interval(x), "mean": interval(x + 0.01), "median": interval(x - 0.01),
         "optimality_gap": interval(1 - x)}
        for name, x in level.items()
    ]  # fmt: skip
    improvement = [
        {"drift": name, "over": "ppo", "probability": interval(x), "word": word, "seeds_needed": needed}
        for (name, x), (word, needed) in zip(
            level.items(), [("worse", None), ("not told apart", 231), *[("better", 12)] * 9], strict=False
        )
    ]
    tau, share = np.linspace(0, 1.2, 25), np.linspace(0.02, 1, 50)
    return [
        {
            "settings": {},
            "metric": "auc",
            "normalisation": {"kind": "drifts", "zero": "none", "one": "ppo"},
            "environments": ["Pendulum-v1", "CartPole-v1"],
            "left_out": {"Acrobot-v1": "ppo does not clearly beat none"},
            "seeds": 128,
            "repetitions": 2000,
            "aggregates": aggregates,
            "improvement": improvement,
            "profiles": {"tau": tau.tolist(), "drifts": {n: band(below(tau, x)) for n, x in level.items()}},
            "sample_efficiency": {"share": share.tolist(), "drifts": {n: band(x * share) for n, x in level.items()}},
        }
    ]  # fmt: skip


def diagnostics_of(drifts, *, seeds=8, points=32):
    """Diagnostics of training as runs hold them."""
    rng, t = np.random.default_rng(0), np.linspace(0, 1, points)
    found = {}
    for place, name in enumerate(drifts):
        noise = rng.normal(0, 0.02, (seeds, points))
        found[name] = {
            "entropy": 1 - 0.6 * t + 0.03 * place + noise,
            "approx_kl": 0.02 * np.exp(-t) + 0.002 * place + 0.05 * np.abs(noise),
            "active": 0.3 * (1 - t) + np.abs(noise),
            "drift": 0.1 * np.exp(-2 * t) + 0.1 * np.abs(noise),
            "total_drift": np.cumsum(0.1 * np.exp(-2 * t)) + noise,
            **{f"ratio_q{q}": 1 + z * (0.3 - 0.1 * t) + 0.1 * noise
               for q, z in (("01", -1), ("10", -0.5), ("50", 0), ("90", 0.5), ("99", 1))},
        }  # fmt: skip
    return found


def complete() -> tuple[Findings, dict]:
    """(findings, certificates) with a summary, diagnostics, diverged runs, comparisons and a refuted member."""
    run = Run.open(REFERENCE)
    findings, certificates = read_findings(run), read_certificates(run)
    assert findings.rows is not None
    assert findings.front is not None
    assert findings.verdicts is not None
    drifts = list(dict.fromkeys(row["drift"] for row in findings.rows))
    rows = [
        {**row, "condition": row["env"], "settings": {}, "median": row["mean"], "failures": int(row["drift"] == "none"),
         "failed_seeds": [3] if row["drift"] == "none" else [],
         "comparison_with_ppo": {"probability": 0.48, "low": 0.42, "high": 0.55, "word": "not told apart",
                                 "seeds_needed": 412}}
        for row in findings.rows
    ]  # fmt: skip
    decision = decide(parse(REFUTED))
    assert decision.evidence is not None
    member = {**findings.front[0], "expression": decision.expression, "complexity": 2, "ties": ["A*r - A"]}
    steps = {"Pendulum-v1": np.linspace(640, 20480, 32), "CartPole-v1": np.linspace(480, 15360, 32)}
    enriched = replace(
        findings,
        front=[findings.front[0], member, *findings.front[1:]],
        verdicts=[findings.verdicts[0], decision.to_json(), *findings.verdicts[1:]],
        rows=rows,
        summary=summary_of(drifts),
        diagnostics={env: diagnostics_of(drifts) for env in steps},
        diagnostic_steps=steps,
    )
    return enriched, {**certificates, decision.expression: decision.evidence}


def surfaces_for(findings: Findings) -> list[Surface]:
    """Drifts over the grid without JAX: made-up ones that differ from one another."""
    ratios, advantages = np.exp(LOG_RATIOS), ADVANTAGES[:, None]
    names = ["ppo", "dpo", *(["network"] if findings.history else []), findings.chosen_formula()]
    return [
        Surface(name, ratios, ADVANTAGES, k * abs(advantages) * (ratios - 1) ** 2,
                advantages - 2 * k * abs(advantages) * (ratios - 1))
        for k, name in enumerate(filter(None, names), start=1)
    ]  # fmt: skip
