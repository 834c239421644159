"""The command line: sub-commands, exit codes, and one clear line for every mistake.

Only what a sub-command needs is imported: `drift --help` imports nothing, `drift verify` neither JAX nor numpy.
"""

import os
import sys
import threading
from collections.abc import Sequence
from difflib import get_close_matches
from importlib import import_module
from typing import NoReturn

from discovery import __version__
from discovery.settings import JOBS_THREAD

OK, REFUTED, USER_ERROR, UNKNOWN, INTERRUPTED = 0, 1, 2, 3, 130
_ENDS_SECONDS = 5

COMMANDS = {
    "train": "meta-train a neural drift                              -> run directory",
    "distil": "formulas for a learned drift, a table or a known drift (Pareto front)",
    "verify": "prove or refute that formulas are valid drifts",
    "check": "re-check certificates of verify independently",
    "bench": "drifts against each other on environments, with statistics",
    "discover": "the whole loop: train, distil, verify, bench, report",
    "zoo": "known drifts, with verdicts",
    "grammar": "the rules of a grammar, their lemmas, sizes and random formulas",
    "report": "figures and report for a run",
    "runs": "list runs",
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run `drift ARGV`; returns the exit code.

    0 done (verify: all proved; check: all accepted); 1 verify: something refuted, check: something rejected;
    2 the user's mistake, or a line or file that cannot be read; 3 verify: something unknown, nothing refuted;
    130 interrupted.
    DRIFT_DEBUG=1 in the environment shows the traceback of an error.
    """
    args = list(sys.argv[1:] if argv is None else argv)
    try:
        return _dispatch(args)
    except KeyboardInterrupt:
        print("drift: interrupted", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:  # the reader of stdout has gone, as in `drift zoo | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK
    except (ValueError, ImportError, OSError) as error:
        if os.environ.get("DRIFT_DEBUG"):
            raise
        return _told(str(error))
    except (
        RuntimeError
    ) as error:  # a device out of memory, a process that was lost: JAX's own, told by their first line
        if type(error).__name__ != "JaxRuntimeError" or os.environ.get("DRIFT_DEBUG"):
            raise
        return _told(str(error).splitlines()[0])


def entry() -> NoReturn:
    """The process `drift`: `main`, then the end, at once where an interrupt or an error has left a thread training.

    Python would wait for the thread's native code, or abort when that comes back to a dying interpreter.
    """
    code = main()
    jobs = [thread for thread in threading.enumerate() if thread.name == JOBS_THREAD]
    if code == OK:  # it has nothing left to do
        for thread in jobs:
            thread.join(_ENDS_SECONDS)
    if any(thread.is_alive() for thread in jobs):
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    sys.exit(code)


def _told(text: str) -> int:
    print(f"drift: {' '.join(text.split())}", file=sys.stderr)
    return USER_ERROR


def _dispatch(args: list[str]) -> int:
    if not args or args[0] in ("-h", "--help"):
        print(_usage())
        return OK if args else USER_ERROR
    if args[0] == "--version":
        print(f"drift-discovery {__version__}")
        return OK
    name = args[0]
    if name not in COMMANDS:
        close = get_close_matches(name, COMMANDS, n=1)
        hint = f"; did you mean {close[0]}?" if close else ""
        raise ValueError(f"unknown command {name!r}{hint} (allowed: {', '.join(COMMANDS)})")
    return import_module(f"discovery.commands.{name}").main(args[1:])


def _usage() -> str:
    lines = [f"  drift {name:<9} {text}" for name, text in COMMANDS.items()]
    return "\n".join(
        [
            "usage: drift COMMAND [options]",
            "",
            "Evolve a neural drift for policy optimisation, distil it into a formula, prove it, re-run it.",
            "",
            *lines,
            "",
            "drift COMMAND --help tells the options. A drift is a zoo name (ppo), a run directory, or expr:FORMULA.",
            "Every command takes --json: one JSON object a line on stdout, everything else on stderr.",
        ]
    )
