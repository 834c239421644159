"""Genetic programming by pyoperon, an optional extra: the whole drift and its two halves, over features of (r, A)."""

import importlib.util
import json
import subprocess
import sys
import time
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
GRACE_SECONDS = 5.0  # after the budget a search is killed


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
        """See `Backend`. Searches run one thread each if there are fewer workers than searches, else share them.

        Raises:
            ValueError: pyoperon is not installed, or every search failed.
        """
        if importlib.util.find_spec("pyoperon") is None:
            raise ValueError(INSTALL)
        if seconds < 3:
            raise ValueError(f"seconds must be at least 3 for pyoperon, which counts in whole seconds; got {seconds:g}")
        regions = list(Region) if self.halves else [Region.WHOLE]
        training = table.rows(table.part == TRAIN)
        searches = [
            (region, request)
            for region in regions
            if (request := self._request(region, training, seed, workers)) is not None
        ]
        if not searches:
            return []
        at_once = min(workers, len(searches))
        rounds = -(-len(searches) // at_once)
        budget = seconds / rounds
        with ThreadPoolExecutor(at_once) as threads:
            jobs = [
                threads.submit(_answer, {**request, "threads": max(1, workers // at_once)}, budget)
                for _, request in searches
            ]
            answers = [job.result() for job in jobs]
        failures = [answer for answer in answers if isinstance(answer, str)]
        if len(failures) == len(answers):
            raise ValueError(f"pyoperon failed: {failures[0]}")
        return [
            proposal
            for (region, _), answer in zip(searches, answers, strict=True)
            if not isinstance(answer, str)
            for proposal in _proposals(region, answer)
        ]

    def _request(self, region: Region, training: DriftTable, seed: int, workers: int) -> dict[str, Any] | None:
        rows = rows_of(region, training)
        if np.count_nonzero(rows.weight > 0) < LEAST_ROWS:
            return None
        rng = np.random.default_rng([seed, list(Region).index(region)])
        weight = rows.weight / rows.weight.sum()
        if np.ptp(weight) == 0:
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
