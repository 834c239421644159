"""drift distil: formulas for a learned drift, for a table of values, or for a known drift."""

import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import tyro

from discovery.commands.certificates import certificate_name, write_verdicts
from discovery.commands.options import emit, parse_options, say
from discovery.distillation import Distillation, run_distillation, settled_distillation
from discovery.expression.printer import to_text
from discovery.grammar.grammar import load_grammar
from discovery.regression.backends.pysr_tables import import_run
from discovery.regression.backends.registry import require_engine
from discovery.regression.config import DistilConfig
from discovery.regression.samples import read_samples
from discovery.regression.search import require_columns
from discovery.regression.table import DriftTable
from discovery.runs import FRONT, SEARCH, TABLE, VERDICTS, Run

INTERRUPTED = 130


@dataclass(frozen=True)
class DistilOptions:
    """Search formulas for a drift: a Pareto front of size against error, each member proved or refuted.

    Attributes:
        run: a run directory with a trained drift.
        samples: a CSV file with columns ratio, advantage, drift and optionally weight, slope and progress.
        drift: a zoo name, a run directory, or expr:FORMULA.
        pysr_run: directories that PySR wrote, in place of a search; their formulas are settled and proved. With one of
            the sources above, on its data; else by the losses that PySR reported.
        distil: settings of the search.
        runs: the folder in which the run directory is made.
        json: one JSON object a formula on stdout.
    """

    run: Annotated[tyro.conf.Positional[str | None], tyro.conf.arg(metavar="RUN")] = None
    samples: str | None = None
    drift: str | None = None
    pysr_run: tuple[Path, ...] = ()
    distil: DistilConfig = field(default_factory=DistilConfig)
    runs: Path = Path("runs")
    json: bool = False


def main(args: list[str]) -> int:
    """Run the command; returns the exit code."""
    options = parse_options(DistilOptions, args, command="distil")
    sources = [source for source in (options.run, options.samples, options.drift) if source is not None]
    if len(sources) > 1 or not (sources or options.pysr_run):
        raise ValueError(
            f"distil: {len(sources)} sources given; give one of RUN, --samples FILE, --drift DRIFT, or --pysr-run DIR"
        )
    grammar = load_grammar(options.distil.grammar)
    from discovery.report.progress import progress_bar
    from discovery.report.terminal import print_front

    table = _table(options) if sources else None
    origin = {"source": sources[0] if sources else None, "pysr_run": list(map(str, options.pysr_run))}
    if table is not None:
        require_columns(table, grammar)
        if table.progress is not None and options.distil.backend != "grammar":
            say(f"backend {options.distil.backend} searches formulas in r and A only, not in progress")
        elif table.progress is not None and not grammar.uses_progress():
            say(f"grammar {grammar.name} does not use the column progress; --distil.grammar temporal does")
    start = time.monotonic()
    proposals = import_run(options.pysr_run, table, problem=say) if options.pysr_run else None
    require_engine(options.distil.backend)
    run = Run.create(options.runs, "distil", {**origin, "distil": asdict(options.distil)})
    with progress_bar() as progress:
        if proposals is not None:
            found = settled_distillation(proposals, table, options.distil, start=start, progress=progress)
        else:
            assert table is not None
            found = run_distillation(table, options.distil, progress=progress)
    write_distillation(run, table, found)
    records = front_of(run)
    if options.json:
        for record in records:
            emit(record)
    else:
        print_front(records)
    if table is None:
        say("no data, so errors were not measured (--json has PySR's own losses); add --samples or --drift for that")
    tell(found, options.distil)
    say(f"run directory: {run.path}")
    return INTERRUPTED if found.ended == "interrupted" else 0


def tell(found: Distillation, config: DistilConfig) -> None:
    """What a person should know beside the table."""
    ends = {
        "exact": "an exact formula was found",
        "exhausted": "the budget of formulas is used up",
        "time": f"the time limit of {config.seconds:g} s was reached; what is found in it depends on the machine",
        "imported": "these were found already",
        "interrupted": "interrupted; these are the best formulas until then",
    }
    say(f"{found.tried:,} formulas tried in {found.seconds:.1f} s: {ends[found.ended]}")
    for misfit in found.misfits:
        say(f"no valid drift fits this table: {misfit}")
    if found.selected is not None:
        chosen = found.front[found.selected]
        say(f"chosen (--distil.select {config.select}): {to_text(chosen.expr)}")


def _table(options: DistilOptions) -> DriftTable:
    rng = np.random.default_rng(options.distil.seed)
    if options.samples is not None:
        return read_samples(options.samples, rng=rng)
    from discovery.commands.drifts import learned_drift, resolve_drift
    from discovery.commands.scoring import decided
    from discovery.regression.sampling import tabulate
    from discovery.sampling import values_of

    if options.run is None:
        named = resolve_drift(str(options.drift))
        decided({named.name: named})
        values = values_of(named.drift, named.params, named.expr)
        return tabulate(values, sees_progress=named.drift.sees_progress, rng=rng)
    return table_of_run(Run.open(options.run), learned_drift(Path(options.run)), options.distil)


def table_of_run(run: Run, named: Any, config: DistilConfig) -> DriftTable:
    """The table of a trained network, on the samples that training with it visits."""
    from discovery.experiment import Experiment
    from discovery.regression.sampling import tabulate
    from discovery.sampling import on_policy_samples, values_of

    return tabulate(
        values_of(named.drift, named.params, named.expr),
        sees_progress=named.drift.sees_progress,
        visited=on_policy_samples(Experiment.from_json(run.manifest["config"]), named.drift, named.params),
        on_policy_weight=config.on_policy_weight,
        rng=np.random.default_rng(config.seed),
    )


def write_distillation(run: Run, table: DriftTable | None, found: Distillation) -> None:
    """Table, front, verdicts and certificates; the verdicts last, so that a run that has them has all."""
    for name in (TABLE, FRONT, SEARCH):  # of a run that was killed between two of the files
        run.remove(name)
    if table is not None:
        run.write_arrays(TABLE, {name: column for name, column in asdict(table).items() if column is not None})
    run.write_json(FRONT, found.records())
    run.write_json(SEARCH, found.summary())
    write_verdicts(run, found.decisions)


def front_of(run: Run) -> list[dict[str, Any]]:
    """The records of a run's front, each with its verdict and the path of its certificate."""
    members = []
    for member, verdict in zip(run.read_json(FRONT), run.read_json(VERDICTS), strict=True):
        name = certificate_name(member["expression"])
        certificate = str(run.path / name) if name in run else None
        members.append({**member, "verdict": verdict["verdict"], "certificate": certificate})
    return members
