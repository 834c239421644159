"""Distillation as a scikit-learn estimator."""

import warnings
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from discovery.distillation import Distillation, run_distillation
from discovery.expression.evaluate import evaluate
from discovery.expression.node import DRIFT_SYMBOLS, Expr
from discovery.expression.printer import to_latex, to_text
from discovery.regression.config import DistilConfig
from discovery.regression.table import DriftTable, make_table
from discovery.settings import require

if TYPE_CHECKING:
    import pandas

    from discovery.drifts.drift import Drift

COLUMNS = ("ratio", "advantage", "progress")
COLUMNS_OF = {"ratio": "ratio", "r": "ratio", "advantage": "advantage", "a": "advantage", "progress": "progress"}


class DriftRegressor(RegressorMixin, BaseEstimator):
    """Closed-form drifts f(r, A) for values of a drift, each with a proof that it is valid.

    Example:
        >>> model = DriftRegressor(timeout=30, random_state=0).fit(np.stack([ratio, advantage], 1), drift)
        >>> model.equations_[["complexity", "nmse", "verdict", "equation"]]

    Args:
        grammar: a shipped grammar's name or a file's path.
        backend: "grammar"; "operon" or "pysr" for other engines, whose formulas are then made valid where possible.
        timeout: soft limit of the search in seconds.
        max_cost: formulas up to this cost are enumerated.
        generations: of evolution beyond that.
        loss: "squared" or "huber".
        slope_weight: of the slopes `dy`.
        select: "best", "knee" or "accuracy": which formula predicts.
        bootstrap: resamples behind the deviations of constants.
        workers: threads; 0 for one a core.
        random_state: an int, a numpy RandomState, or None for another result each time.

    Attributes:
        equations_: a pandas table of the Pareto front, simplest first: complexity, nmse, heldout_nmse, region_nmse,
            verdict, selected, constants, deviations, ties, equation, certificate.
        best_index_: the row that predicts.
        misfits_: what in the data no valid drift can fit.
        ended_: "exact", "exhausted", "time" or "interrupted".
    """

    equations_: "pandas.DataFrame"
    best_index_: int

    def __init__(
        self,
        grammar: str = "lpo",
        *,
        backend: Literal["grammar", "operon", "pysr"] = "grammar",
        timeout: float = 60.0,
        max_cost: int = 6,
        generations: int = 40,
        loss: Literal["squared", "huber"] = "squared",
        slope_weight: float = 0.01,
        select: Literal["best", "knee", "accuracy"] = "best",
        bootstrap: int = 20,
        workers: int = 0,
        random_state: Any = None,
    ) -> None:
        self.grammar = grammar
        self.backend: Literal["grammar", "operon", "pysr"] = backend
        self.timeout = timeout
        self.max_cost = max_cost
        self.generations = generations
        self.loss: Literal["squared", "huber"] = loss
        self.slope_weight = slope_weight
        self.select: Literal["best", "knee", "accuracy"] = select
        self.bootstrap = bootstrap
        self.workers = workers
        self.random_state = random_state

    def fit(
        self, X: ArrayLike, y: ArrayLike, dy: ArrayLike | None = None, sample_weight: ArrayLike | None = None
    ) -> "DriftRegressor":
        """Search formulas for y = f(X) and prove them.

        Args:
            X: [n, 2], ratio > 0 and advantage; [n, 3] with the training progress in [0, 1]. Columns of a table with
                the names ratio, advantage and progress are found by their names.
            y: [n], the drift.
            dy: [n], its derivative in the ratio, if it is known.
            sample_weight: [n], >= 0.

        Raises:
            ValueError: a value, a shape or a setting is wrong; the message names it.
        """
        config = self._config()
        table = self._table(X, y, dy, sample_weight, np.random.default_rng(config.seed))
        found = run_distillation(table, config, progress=lambda stage, done, total: None)
        if found.selected is None:
            warnings.warn("no formula was proved to be a valid drift; the most accurate one predicts", stacklevel=2)
        self.n_features_in_ = 2 if table.progress is None else 3
        if names := [name for name in getattr(X, "columns", ()) if isinstance(name, str)]:
            self.feature_names_in_ = np.array(names, dtype=object)
        self.best_index_ = _most_accurate(found) if found.selected is None else found.selected
        self.equations_ = _equations(found)
        self.misfits_, self.ended_ = found.misfits, found.ended
        self._formulas = [candidate.expr for candidate in found.front]
        return self

    def predict(self, X: ArrayLike, index: int | None = None) -> NDArray[np.float64]:
        """[n] values of the chosen formula, or of row `index` of `equations_`."""
        check_is_fitted(self, "equations_")
        columns = _columns(X)
        if len(columns) != self.n_features_in_:
            raise ValueError(f"X has {len(columns)} columns; the model was fitted with {self.n_features_in_}")
        if not all(np.isfinite(column).all() for column in columns) or not (columns[0] > 0).all():
            raise ValueError("X must be finite, with ratios > 0")
        return np.array(evaluate(self._formula(index), dict(zip(DRIFT_SYMBOLS, columns, strict=False))))

    def sympy(self, index: int | None = None) -> Any:
        """The chosen formula, or that of row `index`, as a sympy expression in r > 0 and real A."""
        from discovery.expression.to_sympy import to_sympy

        return to_sympy(self._formula(index))

    def latex(self, index: int | None = None) -> str:
        """The chosen formula, or that of row `index`, in LaTeX."""
        return to_latex(self._formula(index))

    def jax(self, index: int | None = None) -> "Drift":
        """The chosen formula, or that of row `index`, as a drift: `.apply((), ratio, advantage)`, to jit and vmap.

        A formula with progress takes that as the keyword `progress`.
        """
        from discovery.drifts.lowering import lower

        return lower(self._formula(index))

    def text(self, index: int | None = None) -> str:
        """The chosen formula, or that of row `index`, in the language of `drift verify`."""
        return to_text(self._formula(index))

    def _formula(self, index: int | None) -> Expr:
        check_is_fitted(self, "equations_")
        if index is not None and not -len(self._formulas) <= index < len(self._formulas):
            raise IndexError(f"there is no formula {index}; the front has {len(self._formulas)}")
        return self._formulas[self.best_index_ if index is None else index]

    def _config(self) -> DistilConfig:
        for name in ("timeout", "slope_weight"):
            require(isinstance(getattr(self, name), int | float | np.number), name, getattr(self, name), "a number")
        for name in ("max_cost", "generations", "bootstrap", "workers"):
            require(isinstance(getattr(self, name), int | np.integer), name, getattr(self, name), "a whole number")
        require(isinstance(self.grammar, str), "grammar", self.grammar, "the name or the path of a grammar")
        require(0 < self.timeout < float("inf"), "timeout", self.timeout, "a positive number of seconds")
        seed = self.random_state
        if not isinstance(seed, int | np.integer):
            seed = check_random_state(seed).randint(2**31)
        return DistilConfig(
            grammar=self.grammar,
            backend=self.backend,
            seconds=self.timeout,
            max_cost=self.max_cost,
            generations=self.generations,
            loss=self.loss,
            slope_weight=self.slope_weight,
            select=self.select,
            bootstrap=self.bootstrap,
            workers=self.workers,
            seed=int(seed),
        )

    def _table(
        self,
        X: ArrayLike,
        y: ArrayLike,
        dy: ArrayLike | None,
        sample_weight: ArrayLike | None,
        rng: np.random.Generator,
    ) -> DriftTable:
        columns = _columns(X)
        if y is None:
            raise ValueError("DriftRegressor requires y, the values of the drift; got None")
        slope, weight = (None if column is None else _flat(column) for column in (dy, sample_weight))
        progress = columns[2] if len(columns) == 3 else None
        return make_table(columns[0], columns[1], _flat(y), weight, slope=slope, progress=progress, rng=rng)


def _columns(X: Any) -> list[NDArray[np.float64]]:
    """The columns ratio, advantage and, if there is one, progress."""
    names = [name for name in getattr(X, "columns", ()) if isinstance(name, str)]
    if names:
        found = {COLUMNS_OF[name.lower()]: name for name in names if name.lower() in COLUMNS_OF}
        if not {"ratio", "advantage"} <= set(found):
            raise ValueError(
                f"X has the columns {', '.join(names)}; needed: ratio (or r) and advantage (or A), optionally "
                "progress; an array without names is taken by position"
            )
        return [_flat(X[found[name]]) for name in COLUMNS if name in found]
    if hasattr(X, "toarray"):
        raise ValueError("X is a sparse matrix; give a dense array")
    values = _numbers(X)
    if values.ndim != 2 or values.shape[1] not in (2, 3):
        raise ValueError(
            f"X has shape {values.shape}; needed: [n, 2], the columns ratio and advantage, or [n, 3] with progress"
        )
    return list(values.T)


def _flat(column: Any) -> NDArray[np.float64]:
    values = _numbers(column)
    return values[:, 0] if values.ndim == 2 and values.shape[1] == 1 else values


def _numbers(values: Any) -> NDArray[np.float64]:
    found = np.asarray(values)
    if np.iscomplexobj(found):
        raise ValueError("complex numbers are not allowed; values must be real")
    try:
        return found.astype(np.float64)
    except (TypeError, ValueError):
        raise ValueError(f"values must be numbers; got {str(found.flat[0])[:40]!r}") from None


def _most_accurate(found: Distillation) -> int:
    return min(range(len(found.front)), key=lambda index: found.front[index].heldout_nmse)


def _equations(found: Distillation) -> "pandas.DataFrame":
    import pandas

    rows = []
    for candidate, decision in zip(found.front, found.decisions, strict=True):
        rows.append(
            {
                "complexity": candidate.complexity,
                "nmse": candidate.nmse,
                "heldout_nmse": candidate.heldout_nmse,
                "region_nmse": candidate.region_nmse,
                "verdict": decision.verdict.value,
                "selected": False,
                "constants": [value for value, _ in candidate.constants],
                "deviations": [deviation for _, deviation in candidate.constants],
                "ties": list(candidate.ties),
                "equation": to_text(candidate.expr),
                "certificate": decision.evidence,
            }
        )
    table = pandas.DataFrame(rows)
    if found.selected is not None:
        table.loc[found.selected, "selected"] = True
    return table
