"""drift check: re-check certificates with the independent checker."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import tyro

from discovery.commands.options import emit, parse_options, say


@dataclass(frozen=True)
class CheckOptions:
    """Re-check certificates of `drift verify --certificate` with a program that shares no code with the prover.

    Exit code 0: all accepted; 1: one is rejected; 2: a file cannot be read or is not JSON (the others are checked all
    the same).

    Attributes:
        files: certificates, one JSON object each.
        explain: print the argument of each accepted certificate, step by step.
        latex: the same as LaTeX for a paper's appendix.
        json: one JSON object a certificate on stdout.
    """

    files: Annotated[tyro.conf.Positional[tuple[Path, ...]], tyro.conf.arg(metavar="CERTIFICATE.json...")] = ()
    explain: bool = False
    latex: bool = False
    json: bool = False


def main(args: list[str]) -> int:
    """Run the command; returns the exit code."""
    options = parse_options(CheckOptions, args, command="check")
    if not options.files:
        raise ValueError("check: nothing to check; give certificates, as drift verify --certificate DIR writes them")
    accepted, unreadable = True, False
    for path in options.files:
        try:
            certificate = _read(path)
        except ValueError as error:
            unreadable = True
            say(f"drift: {' '.join(str(error).split())}")
        else:
            accepted = _report(path, certificate, options) and accepted
    return 2 if unreadable else 0 if accepted else 1


def _report(path: Path, certificate: object, options: CheckOptions) -> bool:
    """Check one certificate and print the outcome; returns whether it is accepted."""
    record = outcome(certificate)
    argument = None
    if record["accepted"] and (options.explain or options.latex):
        from discovery.report.explain import explain

        assert isinstance(certificate, Mapping)
        if "inequality" in certificate:
            say(f"{path}: the argument of an inequality in u is not written out yet")
        else:
            argument = explain(certificate, latex=options.latex)
    if options.json:
        emit({"file": str(path), **record, **({} if argument is None else {"explanation": argument})})
        return record["accepted"]
    comment = "% " if options.latex else ""
    what = (
        f"accepted: {record['verdict']} {record['expression']}"
        if record["accepted"]
        else f"rejected: {record['reason']}"
    )
    print(f"{comment}{path}: {what}", flush=True)
    if argument is not None:
        print(argument, flush=True)
    return record["accepted"]


def outcome(certificate: object) -> dict[str, Any]:
    """What the checker says: expression, verdict (null if rejected), accepted, reason ("" if accepted)."""
    from discovery.proof.checker import Rejected, check

    record = {"expression": _claim(certificate) if isinstance(certificate, Mapping) else None}
    try:
        verdict = check(certificate)
    except Rejected as error:
        reason = " ".join(str(error).split()) or "no reason given"
    except Exception as error:  # a checker that falls over has accepted nothing
        reason = f"the checker failed: {type(error).__name__}: {' '.join(str(error).split())[:200]}"
    else:
        return {**record, "verdict": verdict, "accepted": True, "reason": ""}
    return {**record, "verdict": None, "accepted": False, "reason": reason}


def _claim(certificate: Mapping[str, Any]) -> str | None:
    """The formula; of an inequality the claim with its interval."""
    expression, phi, region = (certificate.get(key) for key in ("expression", "inequality", "region"))
    if isinstance(phi, str) and isinstance(region, list) and len(region) == 4:
        lo, hi = ("-oo" if region[0] is None else region[0]), ("oo" if region[1] is None else region[1])
        return f"{phi} >= 0 for u in {'(' if region[2] else '['}{lo}, {hi}{')' if region[3] else ']'}"
    return expression if isinstance(expression, str) else None


def _read(path: Path) -> object:
    """The JSON value in a file.

    Raises:
        ValueError: it cannot be read, or is not JSON (a key given twice is not).
    """
    try:
        return json.loads(path.read_bytes(), object_pairs_hook=_once, parse_constant=_no_constant)
    except OSError as error:
        raise ValueError(f"check: cannot read {path}: {error.strerror or 'unreadable'}") from None
    except RecursionError:
        raise ValueError(f"check: {path} is nested too deeply") from None
    except ValueError as error:
        raise ValueError(f"check: {path} is not JSON: {error}") from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key is given twice")
    return found


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is not allowed")
