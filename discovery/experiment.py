"""An experiment's settings: a preset from discovery/presets/*.toml, overridden by flags."""

import tomllib
from dataclasses import asdict, dataclass, field, fields, replace
from difflib import get_close_matches
from importlib import resources
from typing import Annotated, Any

import tyro

from discovery.benchmark.config import BenchConfig
from discovery.metatrain.config import MetaTrainConfig
from discovery.regression.config import DistilConfig
from discovery.rl.config import PPOConfig
from discovery.settings import require

DEFAULT_PRESET = "quick"


@dataclass(frozen=True)
class Experiment:
    """Everything that determines a run of the whole loop.

    Attributes:
        task: the names of the environments; the fitness of a drift is over all of them.
        ppo: the inner loop.
        env: settings of the inner loop that differ in an environment, by its name: the tables [env."NAME"] of a preset.
        train: the evolution of the drift.
        distil: the search for formulas.
        bench: the comparison at the end.
    """

    task: tuple[str, ...] = ("Pendulum-v1",)
    ppo: PPOConfig = field(default_factory=PPOConfig)
    env: Annotated[dict[str, dict[str, Any]], tyro.conf.Suppress] = field(default_factory=dict)
    train: MetaTrainConfig = field(default_factory=MetaTrainConfig)
    distil: DistilConfig = field(default_factory=DistilConfig)
    bench: BenchConfig = field(default_factory=BenchConfig)

    def __post_init__(self) -> None:
        require(len(self.task) > 0, "task", self.task, "the name of an environment, or several")
        require(len(set(self.task)) == len(self.task), "task", " ".join(self.task), "names that differ")

    def ppo_of(self, task: str) -> PPOConfig:
        """The inner loop in an environment.

        Raises:
            ValueError: a setting of [env."..."] that `PPOConfig` refuses.
        """
        return replace(self.ppo, **self.env.get(task, {}))

    def to_json(self) -> dict[str, Any]:
        """Plain data for a manifest."""
        return asdict(self)

    @staticmethod
    def from_json(data: dict[str, Any]) -> "Experiment":
        """The experiment of a manifest or a TOML file; what is not named keeps its default.

        Raises:
            ValueError: an unknown section or key, or a value that a section refuses.
        """
        task = data.get("task", Experiment.task)
        if not isinstance(task, str | list | tuple) or not all(isinstance(name, str) for name in task):
            raise ValueError(f"task must be the name of an environment or a list of names; got {task!r}")
        experiment = Experiment(task=(task,) if isinstance(task, str) else tuple(task))
        sections = {f.name for f in fields(Experiment)} - {"task"}
        for name, values in data.items():
            if name == "task":
                continue
            _check(name, sections, "section")
            if not isinstance(values, dict):
                raise ValueError(f"section {name!r} must hold settings; got {values!r}")
            if name == "env":
                experiment = replace(experiment, env={env: _own(env, own) for env, own in values.items()})
                continue
            current = getattr(experiment, name)
            experiment = replace(experiment, **{name: _replaced(current, _tuples(values), f"[{name}]")})
        for name in experiment.env:
            _check(name, set(experiment.task), "environment in [env]")
            _replaced(experiment.ppo, experiment.env[name], f'[env."{name}"]')
        return experiment


def _replaced(current: Any, values: dict[str, Any], place: str) -> Any:
    """A section with other values."""
    for key in values:
        _check(key, {f.name for f in fields(current)}, f"key of {place}")
    try:
        return replace(current, **values)
    except TypeError as error:
        raise ValueError(f"a value in {place} is of the wrong type: {error}") from None


def _own(env: str, values: Any) -> dict[str, Any]:
    """The settings of one environment, lists as tuples."""
    if not isinstance(values, dict):
        raise ValueError(f'section [env."{env}"] must hold settings; got {values!r}')
    return _tuples(values)


def _tuples(values: dict[str, Any]) -> dict[str, Any]:
    """The settings with tuples for lists: TOML and JSON know only lists."""
    return {key: tuple(value) if isinstance(value, list) else value for key, value in values.items()}


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
