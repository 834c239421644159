"""Flags to frozen dataclasses through tyro, with one line for a mistake."""

import contextlib
import io
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, TypeVar

import tyro

from discovery.settings import strict_json

if TYPE_CHECKING:  # not at start-up: `verify` has no experiment
    from discovery.experiment import Experiment

Options = TypeVar("Options")


def parse_options(options: type[Options], args: Sequence[str], *, command: str, default: Any = None) -> Options:
    """The options that `args` give.

    Raises:
        ValueError: an unknown flag (with the nearest that exists), a missing or a wrong value.
        SystemExit: after --help.
    """
    errors = io.StringIO()
    try:
        with contextlib.redirect_stderr(errors):
            parsed, unknown = tyro.cli(
                options,
                args=list(args),
                prog=f"drift {command}",
                default=default,
                return_unknown_args=True,
                config=(tyro.conf.FlagCreatePairsOff,),
            )
    except SystemExit as stop:
        if not stop.code:
            raise
        raise ValueError(f"{command}: {_one_line(errors.getvalue())}") from None
    if unknown:
        raise ValueError(_unknown_flag(unknown[0], options, command))
    return parsed


def _one_line(box: str) -> str:
    """What tyro says in a box, as a sentence."""
    lines = [re.sub(r"[╭╮╰╯│─━┃]+|-{5,}", " ", line).strip() for line in box.splitlines()]
    kept = []
    for line in lines:
        if line.startswith(("Argument helptext", "For full helptext", "For the full")):
            break
        kept.append(line)
    text = " ".join(" ".join(kept).split()).replace("Missing argument Missing value", "Missing value")
    text = re.sub(r"Error parsing (?:experiment\.)?(ppo|train|distil|bench): (\w+)", _flag_of, text)
    return (
        re.sub(r"^(Value error|Parsing error|Required options|Missing from|Invalid choice(?= invalid))\w* ", "", text)
        or "wrong arguments; see --help"
    )


def _flag_of(match: re.Match[str]) -> str:
    """The flag of a setting that its section refused."""
    return f"--{match[1]}.{match[2].replace('_', '-')}"


def _unknown_flag(flag: str, options: type, command: str) -> str:
    name = flag.split("=")[0].replace("_", "-")
    known = [each for each in _flags(options, command) if each != name]  # help texts name the flags of others
    close = get_close_matches(name, known, n=1) or [k for k in known if k.endswith("." + name.lstrip("-"))][:1]
    hint = f"; did you mean {close[0]}?" if close else ""
    what = "flag" if flag.startswith("-") else "argument"
    shown = ", ".join(known[:12]) + (", ..." if len(known) > 12 else "")
    return f"{command}: unknown {what} {flag[:60]!r}{hint} (allowed: {shown}; drift {command} --help tells all)"


def _flags(options: type, command: str) -> list[str]:
    helptext = io.StringIO()
    with contextlib.suppress(SystemExit), contextlib.redirect_stdout(helptext):
        tyro.cli(options, args=["--help"], prog=f"drift {command}", config=(tyro.conf.FlagCreatePairsOff,))
    return list(dict.fromkeys(re.findall(r"(?<![\w-])--[a-z][a-z0-9.-]*", helptext.getvalue())))


def value_in(args: Sequence[str], flag: str) -> str | None:
    """The value of a flag that must be known before the others can be read: --preset, --resume."""
    for index, arg in enumerate(args):
        if arg == flag and index + 1 < len(args):
            return args[index + 1]
        if arg.startswith(f"{flag}="):
            return arg.partition("=")[2]
    return None


def experiment_in(args: Sequence[str], experiment: "Experiment") -> "Experiment":
    """An experiment got from `args`: the environments' own settings give way to what flags of --ppo say.

    Settings of environments that are not trained on are left out.
    """
    flags = {arg.partition("=")[0].removeprefix("--ppo.").replace("-", "_") for arg in args if arg.startswith("--ppo.")}
    env = {
        name: {key: value for key, value in own.items() if key not in flags}
        for name, own in experiment.env.items()
        if name in experiment.task
    }
    return replace(experiment, env=env)


def emit(record: Mapping[str, Any]) -> None:
    """One JSON object on one line of stdout."""
    print(strict_json(record), flush=True)


def say(text: str) -> None:
    """A line for the person at the terminal, on stderr."""
    print(text, file=sys.stderr, flush=True)
