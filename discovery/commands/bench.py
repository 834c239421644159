"""drift bench: drifts against each other on environments, with statistics."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import tyro

from discovery.commands.certificates import write_verdicts
from discovery.commands.options import emit, experiment_in, parse_options, say, value_in
from discovery.commands.scoring import decided, labelled, measure, tell_of_unlike_scales, verdicts_of, workplace
from discovery.experiment import DEFAULT_PRESET, Experiment, load_preset
from discovery.provenance import changes
from discovery.runs import SUMMARY, Run, RunError, in_work

if TYPE_CHECKING:  # what is measured needs JAX
    from discovery.benchmark.scores import ScoreMatrix

_OWN = ("drifts", "envs", "suite", "sweep", "conditions")  # in the manifest beside the experiment


@dataclass(frozen=True)
class BenchOptions:
    """Train agents with each drift on each environment from the same held-out seeds, and compare their returns.

    Attributes:
        drifts: comma-separated: zoo names, run directories, expr:FORMULA.
        envs: comma-separated environments; by default the preset's or the suite's.
        suite: quick, classic, minatar or brax: these environments, with settings that were published for PPO.
        seeds: training runs for each drift and environment; by default the preset's.
        sweep: SETTING=VALUE,VALUE,...: compare at each value of a setting of the inner loop (those of --ppo), such as
            learning_rate=1e-4,3e-4; given several times, at every combination.
        preset: where the settings of the inner loop come from.
        resume: a run of this command to go on with. Alone, it finishes what the run was asked for; other flags change
            that (more drifts, seeds, environments), and what is finished already is not run again.
        scheduler: the address of a running Dask scheduler whose workers do the training, such as tcp://HOST:8786; needs
            the extra "cluster". By default this process does it.
        experiment: the settings, a preset's unless overridden.
        runs: the folder in which the run directory is made.
        json: one JSON object for each drift and condition on stdout.
    """

    experiment: Annotated[Experiment, tyro.conf.arg(name="")]
    drifts: str = "none,ppo,dpo"
    envs: str | None = None
    suite: str | None = None
    seeds: int | None = None
    sweep: tyro.conf.UseAppendAction[tuple[str, ...]] = ()
    preset: str = DEFAULT_PRESET
    resume: Path | None = None
    scheduler: str | None = None
    runs: Path = Path("runs")
    json: bool = False


def main(args: list[str]) -> int:
    """Run the command; returns the exit code."""
    earlier = _earlier(args)
    options = parse_options(BenchOptions, args, command="bench", default=_defaults(args, earlier))
    experiment = experiment_in(args, options.experiment)
    if options.seeds is not None:
        experiment = replace(experiment, bench=replace(experiment.bench, seeds=options.seeds))
    typed = _listed(options.drifts, "--drifts")
    envs = list(experiment.task) if options.envs is None else _listed(options.envs, "--envs")
    from discovery.benchmark.conditions import conditions, parse_sweep
    from discovery.benchmark.results import write_results
    from discovery.report.progress import progress_bar

    swept = parse_sweep(options.sweep)
    if earlier is not None and not options.sweep:
        swept = earlier.manifest["config"]["sweep"]
    drifts = labelled(typed)
    settings = {env: experiment.ppo_of(env) for env in _known(envs, experiment, options.suite)}
    compared = conditions(settings, swept)
    normalise = experiment.bench.normalise
    config = {**experiment.to_json(), "drifts": typed, "envs": envs, "suite": options.suite, "sweep": swept}
    config["conditions"] = {label: {"env": c.env, "settings": vars(c.config)} for label, c in compared.items()}
    matrices: dict[str, ScoreMatrix] = {}
    tell_of_unlike_scales(experiment)
    with workplace(options.scheduler) as place, _opened(options.runs, config, earlier) as run:
        decisions = decided(drifts)
        verdicts = verdicts_of(drifts, decisions)
        write_verdicts(run, list({decision.expression: decision for decision in decisions.values()}.values()))

        def finished(matrix: "ScoreMatrix") -> None:
            matrices[matrix.label] = matrix
            if options.json:
                from discovery.benchmark.results import rows_of

                for row in rows_of(matrix, normalise, verdicts):
                    emit(row)

        try:
            with progress_bar() as progress:
                measure(run, experiment, compared, drifts, place, progress, finished=finished)
        except BaseException as error:
            what = "keeps what is finished" if isinstance(error, KeyboardInterrupt) else "keeps what was finished"
            say(f"{run.path} {what}. Go on with: drift bench --resume {run.path}")
            try:
                whole = {label: matrices[label] for label in compared if label in matrices}
                write_results(run, whole, normalise, verdicts)
            except Exception as second:  # the first one is what the user should hear of
                say(f"the results so far were not written: {second}")
            raise
        rows = write_results(run, {label: matrices[label] for label in compared}, normalise, verdicts)
    if not options.json:
        from discovery.report.terminal import print_scores, print_summaries

        print_scores(rows)
        print_summaries(run.read_json(SUMMARY))
    return 0


@contextmanager
def _opened(root: Path, config: Mapping[str, Any], earlier: Run | None) -> Iterator[Run]:
    """The run directory, kept from other processes: a new one, or an earlier one with another configuration.

    Results that an earlier one has of another configuration go at once: a run that is killed shows none of them.
    """
    from discovery.benchmark.results import is_result

    run = Run.create(root, "bench", config) if earlier is None else earlier
    with in_work(run.path):
        if earlier is not None:
            if others := changes(run.manifest):
                say(f"note: finished cells were made with other versions, and may differ: {'; '.join(others)}")
            run.reconfigure(config, stale=is_result)
        say(f"run directory: {run.path}")
        yield run


def _earlier(args: Sequence[str]) -> Run | None:
    """The run to go on with, if any.

    Raises:
        ValueError: there is no such run, it is none of this command, or --preset is given as well.
    """
    resume = value_in(args, "--resume")
    if resume is None:
        return None
    run = Run.open(resume)
    if not set(_OWN) <= set(run.manifest["config"]):
        raise RunError(f"{resume} is a {run.manifest.get('name')} run; bench --resume goes on with runs of bench only")
    if value_in(args, "--runs") is not None:
        raise ValueError(
            f"bench: --resume goes on in {run.path}, so --runs does not go with it; leave one of the two out"
        )
    for flag in ("--preset", "--suite"):
        if value_in(args, flag) is not None:
            raise ValueError(
                f"bench: --resume keeps the settings of the run, so {flag} does not go with it; change single settings "
                "with their flags, or leave one of the two out"
            )
    return run


def _defaults(args: Sequence[str], earlier: Run | None) -> BenchOptions:
    """What holds where no flag says otherwise: the settings of the run that is gone on with, the suite's, the preset's.

    Raises:
        ValueError: an unknown suite or preset, or both at once.
    """
    preset, suite = (value_in(args, flag) for flag in ("--preset", "--suite"))
    if earlier is not None:
        stored = earlier.manifest["config"]
        experiment = Experiment.from_json({name: value for name, value in stored.items() if name not in _OWN})
        drifts, envs = ",".join(stored["drifts"]), ",".join(stored["envs"])
        return BenchOptions(experiment=experiment, drifts=drifts, envs=envs, suite=stored["suite"])
    if suite is None:
        return BenchOptions(experiment=load_preset(preset or DEFAULT_PRESET))
    if preset is not None:
        raise ValueError("bench: --suite has settings of its own, so --preset does not go with it; leave one out")
    from discovery.benchmark.suites import suite_settings

    own = {env: asdict(config) for env, config in suite_settings(suite).items()}
    return BenchOptions(experiment=replace(load_preset(DEFAULT_PRESET), task=tuple(own), env=own), suite=suite)


def _known(envs: Sequence[str], experiment: Experiment, suite: str | None) -> Sequence[str]:
    """The environments, if all are known, and of the suite if there is one.

    Raises:
        ValueError: one is not.
    """
    from discovery.rl.task import make_task

    for env in envs:
        make_task(env)
        if suite is not None and env not in experiment.task:
            raise ValueError(
                f"bench: --envs {env}: suite {suite} has no settings for it (allowed: {', '.join(experiment.task)})"
            )
    return envs


def _listed(text: str, flag: str) -> list[str]:
    """A comma-separated list; commas inside brackets belong to a formula."""
    items, depth, current = [], 0, ""
    for character in text:
        depth += (character == "(") - (character == ")")
        if character == "," and depth == 0:
            items.append(current.strip())
            current = ""
        else:
            current += character
    items.append(current.strip())
    if not all(items):
        raise ValueError(f"bench: {flag} {text!r} has an empty entry; give names separated by commas")
    for item in items:
        if items.count(item) > 1:
            raise ValueError(f"bench: {flag} names {item!r} twice")
    return items
