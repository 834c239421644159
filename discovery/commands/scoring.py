"""Measuring drifts against each other: what `bench` and `discover` share."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from discovery.commands.options import say
from discovery.experiment import Experiment
from discovery.runs import Run

if TYPE_CHECKING:  # what is measured needs JAX
    from discovery.benchmark.conditions import Condition
    from discovery.benchmark.executors import Workplace
    from discovery.benchmark.scores import ScoreMatrix
    from discovery.commands.drifts import NamedDrift


def tell_of_unlike_scales(experiment: Experiment) -> None:
    """Say that published returns are of the end of training, where scores are of the whole of it."""
    if experiment.bench.normalise == "references" and experiment.bench.metric == "auc":
        say(
            "note: the references are returns at the end of training, the scores (metric auc) means of whole learning "
            "curves; --bench.metric final compares like with like"
        )


def measure(
    run: Run,
    experiment: Experiment,
    compared: "Mapping[str, Condition]",
    drifts: "Mapping[str, NamedDrift]",
    place: "Workplace",
    progress: Callable[..., None],
    *,
    stage: str = "training agents",
    selection: bool = False,
    finished: "Callable[[ScoreMatrix], None]" = lambda matrix: None,
) -> "dict[str, ScoreMatrix]":
    """The score matrices of drifts, by the label of the condition; trained is what the run's cells do not hold yet.

    Args:
        run: whose cells are used and added to.
        experiment: gives seeds and metric.
        compared: label -> condition.
        drifts: the name that tables give -> `NamedDrift`.
        place: where jobs run.
        progress: a progress bar's update.
        stage: what the bar says.
        selection: on the seeds by which formulas are chosen, not on those of the benchmark.
        finished: called with each matrix as soon as it is there.
    """
    from discovery.benchmark.store import Store
    from discovery.benchmark.sweep import Request, run_sweep
    from discovery.rl.seeds import Stream

    request = Request(
        conditions=compared,
        drifts={name: named.spec for name, named in drifts.items()},
        seeds=experiment.bench.selection_seeds if selection else experiment.bench.seeds,
        seed=experiment.train.seed,
        stream=Stream.SELECTION if selection else Stream.BENCHMARK,
        metric=experiment.bench.metric,
    )
    return run_sweep(
        request,
        Store(run, say),
        place,
        progress=lambda now: progress(stage, now.done, now.total, note=now.working),
        finished=finished,
    )


@contextmanager
def workplace(scheduler: str | None = None) -> "Iterator[Workplace]":
    """Where the jobs of a sweep run: the workers of a Dask scheduler, or this process."""
    from discovery.benchmark.executors import in_process, on_cluster

    with in_process(say) if scheduler is None else on_cluster(scheduler, say) as place:
        yield place


def labelled(typed: Sequence[str]) -> "dict[str, NamedDrift]":
    """The name that tables give -> `NamedDrift`: what was typed, but of several networks the names of their runs.

    Raises:
        ValueError: one that is unknown, or two that are the same drift.
    """
    resolved = {text: _resolved(text) for text in typed}
    networks = [text for text, named in resolved.items() if named.expr is None]
    found: dict[str, NamedDrift] = {}
    by_spec: dict[Any, str] = {}
    for text, named in resolved.items():
        twin = by_spec.setdefault(named.spec, text)
        if twin != text:
            raise ValueError(f"bench: --drifts names one drift twice, as {twin!r} and as {text!r}; leave one out")
        label = _run_name(Path(text)) if len(networks) > 1 and text in networks else text
        found[text if label in found else label] = named
    return found


def _resolved(text: str) -> "NamedDrift":
    """The drift that a text names; an error tells which of several it is in."""
    from discovery.commands.drifts import resolve_drift

    try:
        return resolve_drift(text)
    except ValueError as error:
        raise ValueError(str(error) if text in str(error) else f"--drifts {text}: {error}") from None


def _run_name(path: Path) -> str:
    path = path.resolve()
    return f"{path.parent.name}:{path.stem}" if path.suffix == ".npz" else path.name


def decided(drifts: "Mapping[str, NamedDrift]") -> dict[str, Any]:
    """The decision on each drift that is a formula; what is not proved is told on stderr, with the reason."""
    from discovery.distillation import decide_all
    from discovery.proof.verdict import Verdict

    formulas = {name: named.expr for name, named in drifts.items() if named.expr is not None}
    decisions = dict(zip(formulas, decide_all(list(formulas.values())), strict=True))
    for name, decision in decisions.items():
        if decision.verdict is not Verdict.PROVED:
            failing = [key for key, condition in decision.conditions.items() if condition.verdict is decision.verdict]
            verdict = f"{decision.verdict.value}: {', '.join(failing)}"
            say(f"note: {name} is not a proved drift ({verdict}); no guarantee holds for it")
    return decisions


def verdicts_of(drifts: Mapping[str, Any], decisions: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """For each drift the `expression`, `verdict` and `gauge` that its rows carry; all None for a network."""
    found: dict[str, dict[str, Any]] = {name: dict.fromkeys(("expression", "verdict", "gauge")) for name in drifts}
    for name, decision in decisions.items():
        found[name] |= {"expression": decision.expression, "verdict": decision.verdict.value, "gauge": decision.gauge}
    return found
