"""Conditions of a benchmark: environments, each with the settings of its inner loop, under a label."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from difflib import get_close_matches
from itertools import product
from typing import Any

from discovery.rl.config import PPOConfig

Number = int | float


@dataclass(frozen=True)
class Condition:
    """An environment with settings.

    Attributes:
        env: the environment.
        config: the inner loop.
        swept: the settings that tell it from other conditions of the environment; empty without a sweep.
    """

    env: str
    config: PPOConfig
    swept: dict[str, Number]


def conditions(settings: Mapping[str, PPOConfig], sweep: Mapping[str, Sequence[Number]]) -> dict[str, Condition]:
    """Label -> condition: every environment with every combination of the swept values.

    A label is the environment's name, with a sweep as in `CartPole-v1[learning_rate=0.001]`.

    Args:
        settings: the inner loop of each environment.
        sweep: values of fields of `PPOConfig`, as `parse_sweep` gives them.

    Raises:
        ValueError: a combination that `PPOConfig` refuses.
    """
    found = {}
    for env, config in settings.items():
        for values in product(*sweep.values()):
            swept = dict(zip(sweep, values, strict=True))
            text = ",".join(f"{name}={value!r}" for name, value in swept.items())
            try:
                found[f"{env}[{text}]" if text else env] = Condition(env, replace(config, **swept), swept)
            except ValueError as error:
                raise ValueError(f"--sweep {text} on {env}: {error}") from None
    return found


def parse_sweep(texts: Sequence[str]) -> dict[str, list[Number]]:
    """The values of each field from texts such as "learning_rate=1e-4,3e-4"; the conditions are their product.

    Raises:
        ValueError: no number field of `PPOConfig`, a field given twice, or values that are missing, no numbers,
            fractions where whole numbers are due, or the same.
    """
    kinds = _number_fields()
    found: dict[str, list[Number]] = {}
    for text in texts:
        name, _, values = text.partition("=")
        name = name.strip().removeprefix("ppo.").replace("-", "_")
        if name not in kinds:
            close = get_close_matches(name, kinds, n=1)
            hint = f"; did you mean {close[0]}?" if close else ""
            raise ValueError(f"--sweep: no number setting {name!r}{hint} (allowed: {', '.join(kinds)})")
        if name in found:
            raise ValueError(f"--sweep gives {name} twice; list all its values in one: {name}=A,B,C")
        found[name] = [_number(kinds[name], name, value) for value in values.split(",")]
        if len(set(found[name])) < len(found[name]):
            raise ValueError(f"--sweep {text} has a value twice")
    return found


def _number_fields() -> dict[str, type[int] | type[float]]:
    """The fields of `PPOConfig` that hold one number, and of what kind."""
    defaults: dict[str, Any] = {field.name: field.default for field in fields(PPOConfig)}
    return {name: type(value) for name, value in defaults.items() if type(value) in (int, float)}


def _number(kind: type[int] | type[float], name: str, text: str) -> Number:
    try:
        value = float(text)
        if kind is float and value - value == 0:
            return value
        if kind is int and value == int(value):
            return int(value)
    except (ValueError, OverflowError):
        pass
    what = "whole numbers" if kind is int else "numbers"
    raise ValueError(f"--sweep {name}: values must be {what} separated by commas; got {text!r}")
