"""PySR as a backend: it needs Julia, which is never downloaded unasked, and its tables are read by our own parser."""

import importlib.util
import json
import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from discovery.expression.node import Expr
from discovery.regression.backends.features import FEATURES, RAW, columns
from discovery.regression.backends.protocol import Proposal, Region
from discovery.regression.backends.pysr_options import TEMPLATE, accepted_keywords, options
from discovery.regression.backends.pysr_tables import TABLE, read_table
from discovery.regression.backends.regions import rows_of
from discovery.regression.table import TRAIN, DriftTable

INSTALL = (
    "PySR needs Julia, which is not set up here; install it once with `python -c 'import pysr'`, which downloads Julia"
    " and its packages, or name an installed Julia in PYTHON_JULIAPKG_EXE"
)
NOT_INSTALLED = "pysr is not installed; install it with: pip install pysr"
LEAST_ROWS = 20


@dataclass(frozen=True)
class PySR:
    """The backend `pysr`.

    Attributes:
        template: search the residual projection of a smooth g, so that every formula is a valid drift, in place of
            free formulas over the features.
        halves: whether A >= 0 and A < 0 are also searched apart.
        iterations: a budget that can be repeated, in place of the seconds.
        deterministic: one thread; needs iterations.
        rows: rows that a search sees.
        maxsize: complexity of a formula.
        guesses: formulas to start from, where the version can.
    """

    template: bool = False
    halves: bool = True
    iterations: int | None = None
    deterministic: bool = False
    rows: int = 2_000
    maxsize: int = 30
    guesses: Sequence[Expr] = ()

    def propose(self, table: DriftTable, *, seconds: float, seed: int, workers: int) -> list[Proposal]:
        """See `Backend`. The whole and the halves are searched one after the other, each with an equal share.

        Raises:
            ValueError: pysr or Julia is missing or cannot start; one line that says what to install.
        """
        pysr = _start(workers)
        training = table.rows(table.part == TRAIN)
        parts = [
            (region, rows)
            for region in (list(Region) if self.halves else [Region.WHOLE])
            if np.count_nonzero((rows := rows_of(region, training)).weight > 0) >= LEAST_ROWS
        ]
        found: list[Proposal] = []
        with tempfile.TemporaryDirectory(prefix="drift-pysr-") as folder:
            for region, rows in parts:
                share = None if self.iterations is not None else seconds / len(parts)
                found += self._search(pysr, Path(folder), region, rows, seconds=share, seed=seed, workers=workers)
        return found

    def _search(
        self,
        pysr: Any,
        folder: Path,
        region: Region,
        rows: DriftTable,
        *,
        seconds: float | None,
        seed: int,
        workers: int,
    ) -> list[Proposal]:
        settings = options(
            seed=seed,
            keywords=accepted_keywords(),
            seconds=seconds,
            iterations=self.iterations,
            workers=workers,
            deterministic=self.deterministic,
            template=self.template,
            maxsize=self.maxsize,
            guesses=self.guesses,
            output_directory=str(folder),
            run_id=region.name.lower(),
        )
        if self.template:
            settings["expression_spec"] = pysr.TemplateExpressionSpec(**TEMPLATE)
        inputs = RAW if self.template else FEATURES
        chosen = np.random.default_rng(seed).permutation(len(rows))[: self.rows]
        model = pysr.PySRRegressor(**settings)
        failure = None
        try:
            model.fit(
                columns(inputs, rows.ratio[chosen], rows.advantage[chosen]),
                rows.drift[chosen],
                weights=rows.weight[chosen] / rows.weight[chosen].mean(),
                variable_names=list(inputs),
            )
        except Exception as error:  # its exports may fail after the search has written its table
            failure = error
        path = folder / region.name.lower() / TABLE
        if not path.exists():
            why = "it wrote no table" if failure is None else f"{type(failure).__name__}: {str(failure)[:200]}"
            raise ValueError(f"PySR failed: {' '.join(why.split())}")
        return [_named(proposal) for proposal in read_table(path, region=region)]


def _named(proposal: Proposal) -> Proposal:
    return Proposal(proposal.expr, proposal.loss, proposal.complexity, "PySR", proposal.region, proposal.residual_of)


def missing() -> str | None:
    """What is missing for a search, as one line that says how to install it; None if nothing is. Starts nothing."""
    if importlib.util.find_spec("pysr") is None:
        return NOT_INSTALLED
    named = os.environ.get("PYTHON_JULIAPKG_EXE")
    if named:
        return None if Path(named).is_file() else f"PYTHON_JULIAPKG_EXE names {named}, which is no file. {INSTALL}"
    return None if _set_up() else INSTALL


def _set_up() -> bool:
    """Whether juliapkg has resolved a Julia before, by the note that it keeps."""
    try:
        from juliapkg.state import STATE  # type: ignore[import-not-found]

        note = json.loads(Path(STATE["meta"]).read_text(encoding="utf-8"))
        return Path(note["executable"]).is_file()
    except (ImportError, OSError, ValueError, KeyError, TypeError):
        return False


def _start(workers: int) -> Any:
    """The module pysr, with Julia running on so many threads if it was not running yet."""
    if problem := missing():
        raise ValueError(problem)
    os.environ.setdefault("PYTHON_JULIAPKG_OFFLINE", "yes")  # nothing is downloaded unasked
    os.environ.setdefault("PYTHON_JULIACALL_THREADS", str(workers))
    os.environ.setdefault("PYTHON_JULIACALL_HANDLE_SIGNALS", "yes")
    try:
        import pysr  # type: ignore[import-not-found]
    except Exception as error:
        why = " ".join(str(error).split())[:200]
        raise ValueError(f"Julia cannot be started ({type(error).__name__}: {why}). {INSTALL}") from None
    return pysr
