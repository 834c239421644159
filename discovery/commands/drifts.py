"""What a user may name as a drift: a zoo entry, a run directory or checkpoint, or expr:FORMULA."""

from pathlib import Path
from typing import NamedTuple

from discovery.drifts.drift import Drift, Params
from discovery.drifts.lowering import lower
from discovery.drifts.neural import neural_drift
from discovery.drifts.zoo import zoo_entry
from discovery.experiment import Experiment
from discovery.expression.node import Expr
from discovery.expression.parser import parse
from discovery.runs import DRIFT, Run, RunError

_PREFIX = "expr:"


class NamedDrift(NamedTuple):
    """A drift with its parameters, its name in tables, and its formula if it has one."""

    name: str
    drift: Drift
    params: Params
    expr: Expr | None


def resolve_drift(text: str) -> NamedDrift:
    """The drift that `text` names.

    Raises:
        ValueError: nothing is called so, the formula is wrong, or the run holds no drift.
    """
    if text.startswith(_PREFIX):
        expr = parse(text.removeprefix(_PREFIX))
        return NamedDrift(text, lower(expr), (), expr)
    path = Path(text)
    if path.is_dir() or path.suffix == ".npz" or len(path.parts) > 1:
        return learned_drift(path)
    entry = zoo_entry(text)
    return NamedDrift(entry.name, lower(entry.expr), (), entry.expr)


def learned_drift(path: Path) -> NamedDrift:
    """The network in a run directory: its final drift, or the mean of one checkpoint in it.

    Raises:
        RunError: the directory or file is missing or damaged, or holds no drift.
    """
    folder, name = (path.parent, path.name) if path.suffix == ".npz" else (path, DRIFT)
    run = Run.open(folder)
    arrays = run.read_arrays(name)
    params = {
        key.removeprefix("mean."): value for key, value in arrays.items() if key in ("w1", "w2", "mean.w1", "mean.w2")
    }
    if set(params) != {"w1", "w2"}:
        raise RunError(f"{folder / name} holds no drift (it has the arrays {', '.join(arrays)})")
    return NamedDrift("network", neural_of(Experiment.from_json(run.manifest["config"])), params, None)


def neural_of(experiment: Experiment) -> Drift:
    """The network that an experiment evolves."""
    return neural_drift(experiment.train.variant, width=experiment.train.width, xi=experiment.train.xi)
