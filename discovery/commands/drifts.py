"""What a user may name as a drift: a zoo entry, a run directory or checkpoint, or expr:FORMULA."""

from pathlib import Path
from typing import NamedTuple

import jax

from discovery.drifts.drift import Drift, Params
from discovery.drifts.lowering import lower
from discovery.drifts.spec import DriftSpec, formula_spec, network_spec
from discovery.drifts.zoo import ZOO, zoo_entry
from discovery.experiment import Experiment
from discovery.expression.node import DRIFT_SYMBOLS, Expr
from discovery.expression.parser import parse
from discovery.metatrain.learned import drift_form, drift_of, drift_params
from discovery.runs import DRIFT, Run, RunError

_PREFIX = "expr:"


class NamedDrift(NamedTuple):
    """A drift with its parameters, its name in tables, its formula if it has one, and all of it as plain data."""

    name: str
    drift: Drift
    params: Params
    expr: Expr | None
    spec: DriftSpec


def resolve_drift(text: str) -> NamedDrift:
    """The drift that `text` names; a name of the zoo means the zoo, whatever folders there are (write ./ppo for those).

    Raises:
        ValueError: nothing is called so, the formula is wrong, or the run holds no drift.
    """
    if text.startswith(_PREFIX):
        expr = parse(text.removeprefix(_PREFIX), allowed=DRIFT_SYMBOLS)
        return NamedDrift(text, lower(expr), (), expr, formula_spec(expr))
    path = Path(text)
    if text not in ZOO and (path.is_dir() or path.suffix == ".npz" or len(path.parts) > 1):
        return learned_drift(path)
    entry = zoo_entry(text)
    return NamedDrift(entry.name, lower(entry.expr), (), entry.expr, formula_spec(entry.expr))


def learned_drift(path: Path) -> NamedDrift:
    """The network in a run directory: its final drift, or the mean of one checkpoint in it.

    Raises:
        RunError: the directory or file is missing or damaged, or holds no drift.
    """
    folder, name = (path.parent, path.name) if path.suffix == ".npz" else (path, DRIFT)
    run = Run.open(folder)
    arrays, config = run.read_arrays(name), Experiment.from_json(run.manifest["config"]).train
    drift = drift_of(config)
    if "best_mean" in arrays:  # a checkpoint
        params = drift_params(config, arrays["best_mean"])
    elif {"w1", "w2"} <= set(arrays):
        params = {"w1": arrays["w1"], "w2": arrays["w2"]}
    else:
        raise RunError(f"{folder / name} holds no drift (it has the arrays {', '.join(arrays)})")
    wanted, found = _shapes(jax.eval_shape(drift.init, jax.random.key(0))), _shapes(params)
    if wanted != found:
        raise RunError(
            f"{folder / name} does not fit the settings of its run: variant {config.variant} with width {config.width} "
            f"has {wanted}, the file has {found}"
        )
    return NamedDrift("network", drift, params, None, network_spec(drift_form(config), params))


def _shapes(params: Params) -> str:
    return ", ".join(f"{name} {list(array.shape)}" for name, array in params.items())
