"""Ratios of running times, measured in one process and interleaved, because machines are noisy."""

import time
from collections.abc import Callable, Mapping

import numpy as np


def interleaved(functions: Mapping[str, Callable[[], object]], *, rounds: int = 60) -> dict[str, np.ndarray]:
    """Seconds [rounds] of each function, called in turn after one call to warm up; the order turns every round."""
    for function in functions.values():
        function()
    names = list(functions)
    seconds: dict[str, list[float]] = {name: [] for name in names}
    for turn in range(rounds):
        for name in names[turn % len(names) :] + names[: turn % len(names)]:
            start = time.perf_counter()
            functions[name]()
            seconds[name].append(time.perf_counter() - start)
    return {name: np.array(values) for name, values in seconds.items()}


def ratio(seconds: dict[str, np.ndarray], name: str, base: str) -> tuple[float, float, float]:
    """(median, quartile, quartile) of the rounds' ratios of `name` to `base`."""
    ratios = seconds[name] / seconds[base]
    low, middle, high = np.quantile(ratios, [0.25, 0.5, 0.75])
    return float(middle), float(low), float(high)
