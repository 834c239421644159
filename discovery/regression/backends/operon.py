"""Genetic programming by pyoperon, an optional extra: the whole drift and its two halves, over features of (r, A)."""

import importlib.util
import json
import subprocess
import sys
import time
import warnings
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np

from discovery.expression.canonical import canonical
from discovery.expression.operators import complexity
from discovery.regression.backends.features import FEATURES, columns
from discovery.regression.backends.infix import InfixError, read_infix
from discovery.regression.backends.protocol import Proposal, Region
from discovery.regression.backends.regions import rows_of
from discovery.regression.table import TRAIN, DriftTable

INSTALL = "pyoperon is not installed; install it with: pip install 'drift-discovery[operon]'"
LEAST_ROWS = 20
START_SECONDS = 0.7  # of the budget, for starting a process and fetching its front
GRACE_SECONDS = 15.0  # after the budget a search is killed


def require_operon() -> None:
    """Raises ValueError if pyoperon is not installed."""
    if importlib.util.find_spec("pyoperon") is None:
        raise ValueError(INSTALL)


@dataclass(frozen=True)
class Operon:
    """The backend `operon`.

    Attributes:
        rows: rows that a search sees, drawn by weight where the weights differ.
        max_length: nodes of a formula.
        halves: whether A >= 0 and A < 0 are also searched apart.
        evaluations: a budget of formulas a search, besides the seconds; with one worker and seconds that are not
            reached, the same seed gives the same formulas.
    """

    rows: int = 300
    max_length: int = 25
    halves: bool = True
    evaluations: int | None = None

    def propose(self, table: DriftTable, *, seconds: float, seed: int, workers: int) -> list[Proposal]:
        """See `Backend`. Each search gets an equal share of the workers' time; the halves run side by side.

        Raises:
            ValueError: pyoperon is not installed, or every search failed.
        """
        require_operon()
        if seconds < 3:
            raise ValueError(f"seconds must be at least 3 for pyoperon, which counts in whole seconds; got {seconds:g}")
        training = table.rows(table.part == TRAIN)
        requests = {
            region: request
            for region in (Region.POSITIVE, Region.NEGATIVE, Region.WHOLE)
            if (self.halves or region is Region.WHOLE)
            and (request := self._request(region, training, seed)) is not None
        }
        halves = [region for region in requests if region is not Region.WHOLE]
        share = seconds / len(requests) if requests else seconds
        answers = _answers({region: requests[region] for region in halves}, len(halves) * share, workers)
        if Region.WHOLE in requests:
            answers |= _answers({Region.WHOLE: requests[Region.WHOLE]}, share, workers)
        failures = [answer for answer in answers.values() if isinstance(answer, str)]
        if failures and len(failures) == len(answers):
            raise ValueError(f"pyoperon failed: {failures[0]}")
        for failure in failures:
            warnings.warn(f"a search of pyoperon failed: {failure}", stacklevel=2)
        return [
            proposal
            for region, answer in answers.items()
            if not isinstance(answer, str)
            for proposal in _proposals(region, answer)
        ]

    def _request(self, region: Region, training: DriftTable, seed: int) -> dict[str, Any] | None:
        rows = rows_of(region, training)
        if np.count_nonzero(rows.weight > 0) < LEAST_ROWS:
            return None
        rng = np.random.default_rng([seed, list(Region).index(region)])
        weight = rows.weight / rows.weight.sum()
        if np.ptp(weight) <= 1e-9 * weight.max():
            chosen = rng.permutation(len(rows))[: self.rows]
        else:  # pyoperon knows no weights
            chosen = rng.choice(len(rows), self.rows, p=weight)
        return {
            "inputs": columns(FEATURES, rows.ratio[chosen], rows.advantage[chosen]).tolist(),
            "target": rows.drift[chosen].tolist(),
            "names": list(FEATURES),
            "seed": seed,
            "max_length": self.max_length,
            "evaluations": self.evaluations,
        }


def _answers(requests: dict[Region, dict[str, Any]], seconds: float, workers: int) -> dict[Region, Any]:
    """The answers of searches that share the workers, within so many seconds altogether."""
    at_once = max(1, min(workers, len(requests)))
    budget = seconds * at_once / max(1, len(requests))
    with ThreadPoolExecutor(at_once) as threads:
        jobs = {
            region: threads.submit(_answer, {**request, "threads": max(1, workers // at_once)}, budget)
            for region, request in requests.items()
        }
        return {region: job.result() for region, job in jobs.items()}


def _answer(request: dict[str, Any], seconds: float) -> list[dict[str, Any]] | str:
    """The front of a search, or why there is none. The process is killed when it is late."""
    command = [sys.executable, "-m", "discovery.regression.backends.operon_worker"]
    text = json.dumps({**request, "seconds": max(1.0, seconds - START_SECONDS)})
    started = time.monotonic()
    try:
        done = subprocess.run(
            command, input=text, capture_output=True, text=True, timeout=seconds + GRACE_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        return f"it was stopped after {time.monotonic() - started:.0f} s"
    if done.returncode != 0:
        return (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1][:200]
    return json.loads(done.stdout)


def _proposals(region: Region, answer: list[dict[str, Any]]) -> Iterator[Proposal]:
    """The readable members, simplest first."""
    found = []
    for member in answer:
        try:
            expr = canonical(read_infix(member["text"], FEATURES))
        except (InfixError, ValueError):  # inf or nan as a constant: no formula
            continue
        loss = member["loss"] if np.isfinite(member["loss"]) else np.inf
        found.append(Proposal(expr, loss, member["length"], "pyoperon", region))
    return iter(sorted(found, key=lambda p: (complexity(p.expr), p.loss)))
