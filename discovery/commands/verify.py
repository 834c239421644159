"""drift verify: prove or refute that formulas are valid drifts."""

import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro

from discovery.commands.options import emit, parse_options, say
from discovery.expression.canonical import canonical
from discovery.expression.node import ADVANTAGE, DRIFT_SYMBOLS, ONE, RATIO, Expr, mul, substitute, subtract
from discovery.expression.parser import ParseError, parse

SHOWN_MISTAKES = 5


@dataclass(frozen=True)
class VerifyOptions:
    """Prove or refute: is f(r, A) a valid drift for every ratio r > 0 and every real advantage A?

    A formula may hold `progress`, the part of training that is done: is it a valid drift for each value in [0, 1]?

    Exit code 0: all proved; 1: something refuted; 3: nothing refuted but something unknown; 2: a line of the file
    cannot be read (the others are verified all the same).

    Attributes:
        expressions: formulas in r, A and progress, e.g. "(r - 1)**2*abs(A)".
        file: a file with one formula a line; - reads standard input. Empty lines and lines with # are passed over.
        objective: a surrogate L(r, A) as papers write it; verified is the drift r*A - L, less its value at r = 1.
        timeout: seconds after which a formula is given up as unknown.
        workers: processes; by default one for each core.
        explain: print the argument of each verdict step by step.
        latex: the same as LaTeX for a paper's appendix, alone on stdout.
        repair: offer valid drifts near each refuted formula, all of them proved.
        certificate: a directory for certificates, one JSON file for each formula that is proved or refuted.
        json: one JSON object a formula on stdout.
    """

    expressions: Annotated[tyro.conf.Positional[tuple[str, ...]], tyro.conf.arg(metavar="EXPR...")] = ()
    file: str | None = None
    objective: tyro.conf.UseAppendAction[tuple[str, ...]] = ()
    timeout: float = 10.0
    workers: int | None = None
    explain: bool = False
    latex: bool = False
    repair: bool = False
    certificate: Path | None = None
    json: bool = False


def main(args: list[str]) -> int:
    """Run the command; returns the exit code."""
    # "-log(r)" is a formula, not a flag; a leading space tells the flag parser so.
    args = [
        f" {arg}" if arg.startswith("-") and not arg.startswith(("--", "-h")) and arg != "-" else arg for arg in args
    ]
    options = parse_options(VerifyOptions, args, command="verify")
    if not options.timeout > 0:
        raise ValueError(f"verify: --timeout is {options.timeout}; it must be a positive number of seconds")
    if options.certificate is not None and not str(options.certificate).strip("."):
        raise ValueError("verify: --certificate needs the name of a directory")
    if options.workers is not None and options.workers < 1:
        raise ValueError(f"verify: --workers is {options.workers}; at least 1 is needed")
    formulas, unreadable = _formulas(options)
    for problem in unreadable:
        say(f"drift: verify: {problem}")
    if not formulas and not unreadable:
        raise ValueError("verify: nothing to verify; give formulas, --file FILE or --objective FORMULA")
    code = _report(formulas, options) if formulas else 0
    if unreadable and not options.json:
        say(f"{len(unreadable)} of the lines of {_shown(options.file or '-')} cannot be read")
    return 2 if unreadable else code


def _formulas(options: VerifyOptions) -> tuple[list[Expr], list[str]]:
    """All formulas, and what is wrong with each line of the file that is none.

    Raises:
        ValueError: formulas of the command line cannot be read; nothing is verified then.
    """
    found: list[Expr] = []
    mistakes: list[str] = []
    unreadable: list[str] = []
    for text, where, kind in _texts(options):
        try:
            expr = parse(text, allowed=DRIFT_SYMBOLS)
            found.append(_drift_of(expr) if kind == "objective" else expr)
        except ParseError as error:
            shown = text if len(text) <= 60 else text[:57] + "..."
            problem = f"{where}{_known_drift(text) or f'{error} in {shown!r}'}"
            (unreadable if kind == "line" else mistakes).append(" ".join(problem.split()))
        except ValueError as error:  # the drift of an objective
            mistakes.append(f"{where}{error}")
    if mistakes:
        more = len(mistakes) - SHOWN_MISTAKES
        shown = "; ".join(mistakes[:SHOWN_MISTAKES]) + (f"; and {more} more" if more > 0 else "")
        raise ValueError(f"verify: {shown}")
    return found, unreadable


def _known_drift(text: str) -> str | None:
    """How to verify a drift of the zoo, if the text names one."""
    from discovery.drifts.zoo import ZOO

    name = text.strip().removeprefix("expr:").lower().replace("-", "_")
    if name not in ZOO:
        return None
    return f"{text.strip()!r} is a drift of the zoo, no formula: drift zoo verifies it; its formula is {ZOO[name].text}"


def _texts(options: VerifyOptions) -> Iterator[tuple[str, str, str]]:
    """(text, where it stands, what it is: a formula, a line of the file or an objective)."""
    yield from ((text.strip(), "", "formula") for text in options.expressions)
    if options.file is not None:
        name = _shown(options.file)
        yield from ((line, f"{name}, line {number}: ", "line") for number, line in _lines(options.file))
    yield from ((text, "objective: ", "objective") for text in options.objective)


def _drift_of(objective: Expr) -> Expr:
    """f = r A - L, less its value at r = 1: terms that are constant in r do not change what is maximised."""
    gap = subtract(mul(RATIO, ADVANTAGE), objective)
    return canonical(subtract(gap, substitute(gap, {RATIO.name: ONE})))


def _shown(file: str) -> str:
    return "standard input" if file == "-" else file


def _lines(name: str) -> Iterable[tuple[int, str]]:
    try:
        text = sys.stdin.read() if name == "-" else Path(name).read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(
            f"verify: cannot read {name}: {getattr(error, 'strerror', None) or 'not a text file'}"
        ) from None
    numbered = ((number, line.partition("#")[0].strip()) for number, line in enumerate(text.splitlines(), start=1))
    return [(number, line) for number, line in numbered if line]


def _report(formulas: list[Expr], options: VerifyOptions) -> int:
    from discovery.commands.certificates import CertificateDirectory
    from discovery.commands.extras import extras, print_extras
    from discovery.proof.batch import verify
    from discovery.proof.verdict import Verdict
    from discovery.report.tally import Tally

    certificates = CertificateDirectory(options.certificate) if options.certificate is not None else None
    found, problem = set(), None
    tally = Tally(len(formulas), shares_terminal=sys.stdout.isatty())
    decisions = verify(
        formulas, timeout=options.timeout, workers=options.workers or os.cpu_count() or 1, decided=tally.count
    )
    with tally, closing(decisions):  # type: ignore[type-var]
        for decision in decisions:
            found.add(decision.verdict)
            if certificates is not None and problem is None:
                try:
                    decision = certificates.write(decision)
                except ValueError as error:  # the verdicts are told all the same
                    problem = error
                    say(f"drift: {error}; going on without certificates")
            asked = {"explain": options.explain, "latex": options.latex, "repair": options.repair}
            more = extras(decision, **asked, timeout=options.timeout)
            tally.clear()
            if options.json:
                emit({**decision.to_json(), **more})
            else:
                from discovery.report.terminal import print_decision

                print_decision(decision, to_stderr=options.latex)
                print_extras(decision, more, latex=options.latex)
            tally.draw()
    if not options.json and len(formulas) > 1:
        say(tally.summary)
    if not options.json and found == {Verdict.PROVED}:
        say("The guarantee assumes exact maximisation; training loops with few Adam epochs are outside the theorem.")
    if problem is not None:
        raise problem
    return 1 if Verdict.REFUTED in found else 3 if Verdict.UNKNOWN in found else 0
