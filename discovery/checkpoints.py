"""Checkpoints of meta-training in a run directory: written whole, kept few, read back to the newest sound one."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from importlib import metadata
from typing import Any

import jax
import numpy as np

from discovery.metatrain.checkpoint import state_from_arrays, state_to_arrays
from discovery.metatrain.loop import MetaState
from discovery.runs import Run

_CHECKPOINT = re.compile(r"checkpoint-(\d+)\.npz")
_ABOUT = "about"


@dataclass(frozen=True)
class Checkpoint:
    """From where meta-training goes on.

    Attributes:
        state: all that it needs.
        history: the records of the generations so far.
        chunk: members that a device trains at a time; None for as many as its memory holds.
    """

    state: MetaState
    history: list[dict[str, Any]]
    chunk: int | None


def save_checkpoint(run: Run, checkpoint: Checkpoint, *, keep: int) -> None:
    """Write the state after the last generation of the history, and delete all but the `keep` newest.

    The npz file holds the state's arrays and, as JSON, the run's settings and versions and the device layout; the
    history lies beside it. Killed at any moment, the run is left with the checkpoints it had, or with this one too.
    """
    name = _name(checkpoint.history[-1]["generation"])
    if name in run:
        return
    about = {"config": run.manifest["config"], "versions": run.manifest["versions"]}
    about |= {"layout": _layout(), "chunk": checkpoint.chunk}
    run.remove(_history_of(name))  # of a run that was killed between the two files
    run.write_json(_history_of(name), checkpoint.history)
    run.write_arrays(name, {**state_to_arrays(checkpoint.state), _ABOUT: np.array(json.dumps(about, default=str))})
    for old in checkpoint_names(run)[:-keep]:
        _remove(run, old)


def newest_checkpoint(
    run: Run, like: MetaState, problem: Callable[[str], None], *, may_write: bool = True
) -> Checkpoint | None:
    """The newest checkpoint that can be used; damaged ones are told to `problem`, passed over and set aside.

    Args:
        run: a run directory.
        like: a state of the run's settings.
        problem: called with a sentence for each damaged checkpoint, and where the run was on other devices or versions.
        may_write: set damaged files aside, to make room for sound ones; of several processes only one may.

    Raises:
        ValueError: a sound checkpoint belongs to other settings.
    """
    for name in reversed(checkpoint_names(run)):
        try:
            arrays, history = run.read_arrays(name), run.read_json(_history_of(name))
            about = json.loads(str(arrays[_ABOUT]))
        except (ValueError, KeyError, OSError) as error:
            problem(f"{name} cannot be used ({error}); going on from the one before it")
            if may_write:
                run.set_aside(name)
                run.set_aside(_history_of(name))
            continue
        now = _layout()
        for what, was in about["layout"].items():
            if now[what] != was:
                problem(f"the run was on {what} {was} and goes on with {now[what]}: it will agree up to rounding only")
        chunk = about["chunk"] if now["devices"] == about["layout"]["devices"] else None
        return Checkpoint(state_from_arrays(arrays, like), history, chunk)
    return None


def _layout() -> dict[str, Any]:
    """What results depend on in their last bits: the number and the kind of devices, and the versions of JAX."""
    versions = {name: metadata.version(name) for name in ("jax", "jaxlib")}
    return {"devices": jax.device_count(), "device": jax.devices()[0].device_kind, **versions}


def checkpoint_names(run: Run) -> list[str]:
    """The names of a run's checkpoints, oldest first."""
    return sorted(name for name in run.artifacts if _CHECKPOINT.fullmatch(name))


def _remove(run: Run, name: str) -> None:
    run.remove(name)
    run.remove(_history_of(name))


def _name(generation: int) -> str:
    return f"checkpoint-{generation:05d}.npz"


def _history_of(checkpoint: str) -> str:
    return checkpoint.replace("checkpoint", "history").replace(".npz", ".json")
