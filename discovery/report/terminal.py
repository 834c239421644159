"""Tables for the terminal."""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from discovery.report import numbers
from discovery.report.inventory import size_text
from discovery.report.numbers import error_text, score_text

STYLES = {"proved": "bold green", "refuted": "bold red", "unknown": "bold yellow"}


PIPED_WIDTH = 100


class _Terminal(Console):
    def on_broken_pipe(self) -> None:
        """The reader has gone: rich would end the process with 1, which means refuted here."""
        raise BrokenPipeError

    def print(self, *objects: Any, **options: Any) -> None:
        """As rich prints, without the blanks at the ends of lines where output is not a terminal."""
        if self.is_terminal:
            super().print(*objects, **options)
            return
        with self.capture() as captured:
            super().print(*objects, **options)
        self.file.write("\n".join(line.rstrip(" ") for line in captured.get().split("\n")))
        self.file.flush()


def console(*, to_stderr: bool = False) -> Console:
    """The terminal; 100 columns when output is not a terminal."""
    found = _Terminal(stderr=to_stderr, highlight=False)
    return found if found.is_terminal else _Terminal(stderr=to_stderr, highlight=False, width=PIPED_WIDTH)


def counted(number: int, what: str) -> str:
    """ "1 formula", "2 formulas"."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def coloured(verdict: str) -> str:
    """A verdict with its colour."""
    return f"[{STYLES[verdict]}]{verdict}[/]"


def print_decision(decision: Any, *, to_stderr: bool = False) -> None:
    """A verdict with its four conditions, and the counterexample of a refutation."""
    record = decision.to_json()
    out = console(to_stderr=to_stderr)
    out.print(
        _beside(coloured(record["verdict"]), f"{escape(record['expression'])}  [dim]({record['seconds']:.2f} s)[/]")
    )
    for name, condition in record["conditions"].items():
        verdict, method, reason = coloured(condition["verdict"]), condition["method"], escape(condition["reason"])
        out.print(_beside(f"  {name:<12}", f"{verdict}  {f'[dim]{escape(method)}[/]  ' if method else ''}{reason}"))
    if record["counterexample"]:
        point = record["counterexample"]
        where = ", ".join(f"{name} = {_cut(value)}" for name, value in point.items() if name != "value")
        text = f"counterexample to {_refuted_condition(record)}: {where}, {_bound(record)}"
        out.print(_beside("  ", text))
    if record["gauge"]:
        note = "is a valid drift, and the same in expectation, for E\\[r] = 1"
        out.print(_beside("  ", f"gauge: {escape(record['gauge'])} {note}"))


def print_repairs(repairs: Sequence[Mapping[str, Any]], *, to_stderr: bool = False) -> None:
    """Valid drifts near a refuted formula."""
    from discovery.proof.repair import KINDS

    out = console(to_stderr=to_stderr)
    for repair in repairs:
        out.print(_beside("  repair:", f"{escape(repair['expression'])}  [dim]({KINDS[repair['kind']]}; proved)[/]"))
    if not repairs:
        out.print("  repair: none of the usual ones is proved to be a valid drift.")


def _beside(head: str, text: str) -> Table:
    """Text that wraps to the right of its head."""
    grid = Table.grid(padding=(0, 1, 0, 0))
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    grid.add_row(head, text)
    return grid


def _bound(record: Mapping[str, Any]) -> str:
    """What the exact value of a counterexample says: a bound on f, on f(1, A), or on the slope or jump there."""
    value = str(record["counterexample"]["value"])
    about = f" (about {_decimal(value)})" if len(value) > 12 and "/" in value else ""
    failing = _refuted_condition(record)
    if failing == "defined" and value != "undefined":
        return f"f jumps by at least {_cut(value.removeprefix('-'))}{about.replace('(about -', '(about ')}"
    what = {"nonnegative": "f <=", "zero": "f =", "flat": "slope", "defined": "f is"}[failing]
    return f"{what} {_cut(value)}{about}"


def _refuted_condition(record: Mapping[str, Any]) -> str:
    """The condition that the counterexample of a decision belongs to."""
    order = ("nonnegative", "zero", "defined", "flat")
    return next(name for name in order if record["conditions"][name]["verdict"] == "refuted")


def _decimal(value: str) -> str:
    try:
        return f"{float(Fraction(value)):.4g}"
    except (OverflowError, ValueError):
        return "beyond float64"


def _cut(text: str) -> str:
    return text if len(text) <= 80 else f"{text[:70]}... ({len(text)} characters)"


def print_zoo(entries: Sequence[Any], decisions: Sequence[Any]) -> None:
    """The zoo as a table."""
    table = Table(title="Drifts of the literature", show_lines=False)
    table.add_column("name", no_wrap=True)
    table.add_column("drift f(r, A)", overflow="fold", ratio=3)
    table.add_column("verdict", no_wrap=True)
    table.add_column("source", overflow="fold", ratio=2)
    for entry, decision in zip(entries, decisions, strict=True):
        record = decision.to_json()
        verdict = [coloured(record["verdict"])]
        if record["verdict"] != "proved":
            verdict += [f"  {name}" for name, c in record["conditions"].items() if c["verdict"] == record["verdict"]]
        if record["gauge"]:
            verdict += ["with the gauge", f"  {escape(record['gauge'])}"]
        table.add_row(entry.name, escape(record["expression"]), "\n".join(verdict), escape(entry.source))
    console().print(table)


def print_front(front: Sequence[Mapping[str, Any]]) -> None:
    """A Pareto front as a table; records carry `verdict`, and the chosen one `selected`."""
    table = Table(title="Formulas found (each the best of its size; * chosen)")
    for column, justify in (
        ("", "left"),
        ("size", "right"),
        ("nmse", "right"),
        ("held out", "right"),
        ("verdict", "left"),
        ("ties", "right"),
        ("formula", "left"),
    ):
        table.add_column(column, justify=justify, overflow="fold")  # type: ignore[arg-type]
    for member in front:
        table.add_row(
            "*" if member.get("selected") else "",
            str(member["complexity"]),
            error_text(member["nmse"]),
            error_text(member["heldout_nmse"]),
            coloured(member["verdict"]),
            str(len(member["ties"])),
            escape(member["expression"]),
        )
    console().print(table)


def print_scores(rows: Sequence[Mapping[str, Any]]) -> None:
    """Benchmark rows as a table, one for each drift and environment."""
    table = Table(title="Benchmark on held-out seeds")
    columns = ["environment", "drift", "IQM [95% interval]", "mean", "P(better than ppo)", "normalised", "steps/s"]
    if failed := any(row["failures"] for row in rows):
        columns.append("diverged")
    for column in columns:
        table.add_column(column, overflow="fold", justify="left" if column in ("environment", "drift") else "right")
    for row in rows:
        score = row.get("normalised")
        table.add_row(
            escape(row["condition"]),
            _drift_text(row),
            f"{score_text(row['iqm'])} \\[{score_text(row['iqm_low'])}, {score_text(row['iqm_high'])}]",
            score_text(row["mean"]),
            _improvement_text(row),
            "-" if score is None else f"{score:.2f}",
            f"{row['env_steps_per_second']:,.0f}",
            *([f"{row['failures']} of {len(row['scores'])}"] if failed else []),
        )
    console().print(table)


def _drift_text(row: Mapping[str, Any]) -> str:
    """A drift's name, with its verdict unless that is proved or was not asked for."""
    verdict = row.get("verdict")
    return escape(row["drift"]) + (f" ({coloured(verdict)})" if verdict not in (None, "proved") else "")


def _improvement_text(row: Mapping[str, Any]) -> str:
    """P(better than ppo), with the word where its interval says so."""
    probability, comparison = row["probability_of_improvement_over_ppo"], row["comparison_with_ppo"]
    if probability is None:
        return "-"
    told_apart = comparison is not None and comparison["word"] in ("better", "worse")
    return f"{probability:.2f} {comparison['word']}" if comparison and told_apart else f"{probability:.2f}"


def print_summaries(entries: Sequence[Mapping[str, Any]]) -> None:
    """Statistics across environments, one table for each setting of a sweep that has at least two with a scale."""
    for entry in entries:
        for env, reason in entry["left_out"].items():
            console().print(f"[dim]left out of the averages over environments: {escape(env)}, for {escape(reason)}[/]")
        if len(entry["environments"]) < 2:
            continue
        setting = ", ".join(f"{name} {value:g}" for name, value in entry["settings"].items())
        table = Table(title=f"Over {', '.join(entry['environments'])}{f' at {setting}' if setting else ''}")
        for column in ("drift", "IQM [95%]", "mean [95%]", "P(better than ppo) [95%]", "seeds to tell apart"):
            table.add_column(column, overflow="fold", justify="left" if column == "drift" else "right")
        improvement = {record["drift"]: record for record in entry["improvement"]}
        for record in entry["aggregates"]:
            found = improvement.get(record["drift"])
            table.add_row(
                escape(record["drift"]),
                escape(numbers.interval(record["iqm"])),
                escape(numbers.interval(record["mean"])),
                escape(f"{numbers.interval(found['probability'])} {found['word']}") if found else numbers.DASH,
                numbers.seeds_needed(found),
            )
        console().print(table)


def print_runs(items: Sequence[Any], root: Path, *, total: int) -> None:
    """Runs as a table; `total` counts those that filters left out too."""
    if not items:
        folder = escape(str(root))
        empty = f"no runs in {folder}; drift discover makes one"
        console().print(f"none of the {counted(total, 'run')} in {folder} passes the filters" if total else empty)
        return
    table = Table()
    for column, share in (("run", 5), ("made", 2), ("on", 3), ("size", 2), ("best score", 3), ("holds", 5)):
        right = column in ("size", "best score")
        table.add_column(column, justify="right" if right else "left", overflow="fold", ratio=share)
    for item in items:
        run = item.run
        score = "" if item.score is None else f"{score_text(item.score)}\n[dim]{item.score_of}[/]"
        about = ", ".join(item.envs or item.drifts)
        holds = ("" if item.finished else "[yellow]unfinished[/] ") + escape(item.holdings)
        row = (
            escape(str(run.path)),
            run.manifest["created"][:16].replace("T", " "),
            escape(about),
            size_text(item.size),
            score,
            holds,
        )
        table.add_row(*row)
    console().print(table)
