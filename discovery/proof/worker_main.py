"""The worker process: reads one request a line as JSON, writes one answer a line as JSON.

Started by `discovery.proof.worker` as `python -m discovery.proof.worker_main BYTES`. Standard output is kept for
answers alone; whatever a library prints goes to standard error.

A request is {"expression", "effort", "seconds", "lemmas"}: effort is the prover's soft limit or null, seconds the hard
limit, lemmas what other workers have found. An answer is {"decision", "evidence", "lemmas", "failed", "retire"}: lemmas
are the new ones, failed says that no verdict was reached for a reason that more effort does not mend, retire that the
process should be ended since it has grown.
"""

import json
import os
import resource
import signal
import sys
from collections import ChainMap
from collections.abc import Callable, Iterable, Mapping
from typing import IO, Any

from discovery.proof.lemmas import LemmaCache, worth_keeping

GRACE_SECONDS = 5.0  # after the hard limit, when a parent that has not killed this process must be gone
MAX_ANSWER_BYTES = 64 * 2**20


def main() -> None:
    """Serve until standard input ends."""
    limit = int(sys.argv[1])
    if limit:
        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        limit = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    answers: IO[str] = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    from discovery.proof.prove import decide

    serve(decide, sys.stdin, answers, limit)


def serve(decide: Callable[..., Any], requests: Iterable[str], answers: IO[str], memory_bytes: int = 0) -> None:
    """Answer `requests` with `decide` until they end."""
    lemmas = LemmaCache()
    print("ready", file=answers, flush=True)
    for line in requests:
        request = json.loads(line)
        signal.setitimer(signal.ITIMER_REAL, request["seconds"] + GRACE_SECONDS)  # kills: there is no handler
        answer = answer_to(request, decide, lemmas, memory_bytes)
        signal.setitimer(signal.ITIMER_REAL, 0)
        print(answer, file=answers, flush=True)


def answer_to(request: Mapping[str, Any], decide: Callable[..., Any], lemmas: LemmaCache, memory_bytes: int) -> str:
    """The answer to one request, as JSON; `lemmas` grows. Never raises: an error is the answer to one formula alone."""
    from discovery.expression.serialise import from_json
    from discovery.proof.verdict import unknown_decision

    added: dict[str, Any] = {}
    answer: dict[str, Any] = {"evidence": None, "lemmas": {}, "failed": False, "retire": False}
    try:
        lemmas.update(request["lemmas"])
        effort = request["effort"]
        expr = from_json(request["expression"])
        decision = decide(expr, lemmas=ChainMap(added, lemmas), effort=effort)  # type: ignore[arg-type]
        answer["retire"] = grown = bool(memory_bytes) and _peak_bytes() > memory_bytes / 2
        new = worth_keeping(added, full_effort=effort is None and not grown)
        lemmas.update(new)
        answer |= {"decision": decision.to_json(), "evidence": decision.evidence, "lemmas": new}
        text = json.dumps(answer)
        if len(text) <= MAX_ANSWER_BYTES:
            return text
        reason = f"The proof takes {len(text)} bytes, more than {MAX_ANSWER_BYTES}."
    except Exception as error:
        reason = f"The worker failed: {type(error).__name__}: {str(error)[:200]}."
    decision = unknown_decision("", reason)
    return json.dumps({"decision": decision.to_json(), "evidence": None, "lemmas": {}, "failed": True, "retire": True})


def _peak_bytes() -> int:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


if __name__ == "__main__":
    main()
