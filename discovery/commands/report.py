"""drift report: figures and report for a run."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Annotated

import tyro

from discovery.commands.options import emit, parse_options, say
from discovery.files import write_atomically
from discovery.runs import PAGE, REPORT, Run

COMPARISON = "comparison.html"

MADE_BY = '<meta name="generator" content="drift-discovery">'


@dataclass(frozen=True)
class ReportOptions:
    """Write report.html, report.md and their figures into a run directory; an unfinished run gets what there is.

    With several runs: one page with the runs side by side, in the file that --output names.

    Attributes:
        runs: a run directory, or several to compare.
        open: show the page in the browser.
        output: the page of a comparison.
        json: the paths of the report and of the page as a JSON object on stdout.
    """

    runs: Annotated[tyro.conf.Positional[tuple[Path, ...]], tyro.conf.arg(metavar="RUN...")] = ()
    open: bool = False
    output: Path | None = None
    json: bool = False


def main(args: list[str]) -> int:
    """Run the command; returns the exit code."""
    options = parse_options(ReportOptions, args, command="report")
    runs = _distinct(options.runs)
    if len(runs) == 1 and options.output is not None:
        raise ValueError(f"report: --output {options.output} is for a comparison; a run's report lies in the run")
    if len(runs) == 1:
        report, page = write_report(runs[0]), runs[0].path / PAGE
    else:
        report = page = write_comparison(runs, options.output or Path(COMPARISON))
    if options.json:
        emit({"report": str(report), "html": str(page)})
    else:
        say(f"report: {report}" if report == page else f"report: {report} and {page}")
    if options.open:
        _show(page)
    return 0


def _distinct(paths: Sequence[Path]) -> list[Run]:
    """The runs, each of them once.

    Raises:
        ValueError: there is none, one is named twice, or one is no run.
    """
    if not paths:
        raise ValueError("report: no run is named; give a run directory (drift runs lists them)")
    for place, path in enumerate(paths):
        if path.resolve() in {other.resolve() for other in paths[:place]}:
            raise ValueError(f"report: {path} is named twice; give runs that differ")
    return [Run.open(path) for path in paths]


def _show(page: Path) -> None:
    import webbrowser

    if not webbrowser.open(page.resolve().as_uri()):
        say(f"no browser is found here; the page is {page.resolve()}")


def write_report(run: Run) -> Path:
    """report.md, its figures and report.html, from what the run holds; returns the path of report.md."""
    from discovery.commands.surfaces import surfaces_of
    from discovery.report.findings import read_findings
    from discovery.report.gallery import FOLDER, gallery, save
    from discovery.report.html.catalogue import read_certificates
    from discovery.report.html.page import to_html
    from discovery.report.markdown import to_markdown

    findings, captions = read_findings(run), {}
    surfaces = surfaces_of(run, findings)
    for picture in gallery(findings, surfaces):
        captions[picture.name] = picture.caption
        for name, data in save(picture).items():
            run.replace_bytes(name, data)
    for name in run.artifacts:  # of conditions and drifts that the run has no more
        if name.startswith(f"{FOLDER}/") and PurePath(name).stem not in captions:
            run.remove(name)
    report = run.replace_text(REPORT, to_markdown(findings, captions, surfaces))
    run.replace_text(PAGE, to_html(findings, surfaces, read_certificates(run)))
    return report


def write_comparison(runs: Sequence[Run], target: Path) -> Path:
    """One page with several runs side by side.

    Raises:
        ValueError: `target` is a file that is no such page, or cannot be written.
    """
    from discovery.commands.surfaces import surfaces_of
    from discovery.report.findings import read_findings
    from discovery.report.html.catalogue import read_certificates
    from discovery.report.html.compare import Compared, compare_html

    if target.exists() and (target.is_dir() or MADE_BY not in target.read_text(errors="replace")[:2000]):
        raise ValueError(f"report: {target} exists and is no page of drift report; choose another with --output")
    compared = []
    for run in runs:
        findings = read_findings(run)
        compared.append(Compared(findings, surfaces_of(run, findings), read_certificates(run)))
    try:
        write_atomically(target, compare_html(compared).encode())
    except OSError as error:
        raise ValueError(f"report: cannot write {target}: {error.strerror}; choose another with --output") from None
    return target
