"""An experiment's settings: a preset from discovery/presets/*.toml, overridden by flags."""

import tomllib
from dataclasses import asdict, dataclass, field, fields, replace
from difflib import get_close_matches
from importlib import resources
from typing import Any

from discovery.benchmark.config import BenchConfig
from discovery.metatrain.config import MetaTrainConfig
from discovery.regression.config import DistilConfig
from discovery.rl.config import PPOConfig

DEFAULT_PRESET = "quick"


@dataclass(frozen=True)
class Experiment:
    """Everything that determines a run of the whole loop.

    Attributes:
        task: the environment's name.
        ppo: the inner loop.
        train: the evolution of the drift.
        distil: the search for formulas.
        bench: the comparison at the end.
    """

    task: str = "Pendulum-v1"
    ppo: PPOConfig = field(default_factory=PPOConfig)
    train: MetaTrainConfig = field(default_factory=MetaTrainConfig)
    distil: DistilConfig = field(default_factory=DistilConfig)
    bench: BenchConfig = field(default_factory=BenchConfig)

    def to_json(self) -> dict[str, Any]:
        """Plain data for a manifest."""
        return asdict(self)

    @staticmethod
    def from_json(data: dict[str, Any]) -> "Experiment":
        """The experiment of a manifest or a TOML file; what is not named keeps its default.

        Raises:
            ValueError: an unknown section or key, or a value that a section refuses.
        """
        experiment = Experiment(task=data.get("task", Experiment.task))
        sections = {f.name for f in fields(Experiment)} - {"task"}
        for name, values in data.items():
            if name == "task":
                continue
            _check(name, sections, "section")
            current = getattr(experiment, name)
            if not isinstance(values, dict):
                raise ValueError(f"section {name!r} must hold settings; got {values!r}")
            for key in values:
                _check(key, {f.name for f in fields(current)}, f"key of [{name}]")
            values = {key: tuple(value) if isinstance(value, list) else value for key, value in values.items()}
            try:
                experiment = replace(experiment, **{name: replace(current, **values)})
            except TypeError as error:
                raise ValueError(f"a value in [{name}] is of the wrong type: {error}") from None
        return experiment


def _check(name: str, allowed: set[str], kind: str) -> None:
    if name not in allowed:
        raise ValueError(f"unknown {kind} {name!r}{_hint(name, allowed)} (allowed: {', '.join(sorted(allowed))})")


def _hint(name: str, allowed: set[str] | list[str]) -> str:
    close = get_close_matches(name, allowed, n=1)
    return f"; did you mean {close[0]}?" if close else ""


def preset_names() -> list[str]:
    """The names of the presets."""
    folder = resources.files("discovery") / "presets"
    return sorted(entry.name.removesuffix(".toml") for entry in folder.iterdir() if entry.name.endswith(".toml"))


def load_preset(name: str) -> Experiment:
    """The experiment of a preset.

    Raises:
        ValueError: there is no such preset.
    """
    if name not in preset_names():
        raise ValueError(f"unknown preset {name!r}{_hint(name, preset_names())} (allowed: {', '.join(preset_names())})")
    text = (resources.files("discovery") / "presets" / f"{name}.toml").read_text()
    return Experiment.from_json(tomllib.loads(text))
