"""The worker process: reads one expression a line as JSON, writes one decision a line as JSON.

Started by `discovery.proof.worker` as `python -m discovery.proof.worker_main BYTES`. Standard output is kept for
answers alone; whatever a library prints goes to standard error.
"""

import json
import os
import resource
import sys
from typing import IO


def main() -> None:
    """Serve until standard input ends."""
    limit = int(sys.argv[1])
    if limit:
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    answers: IO[str] = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    from discovery.expression.serialise import from_json
    from discovery.proof.prove import decide
    from discovery.proof.verdict import unknown_decision

    print("ready", file=answers, flush=True)
    for line in sys.stdin:
        try:
            decision = decide(from_json(json.loads(line)))
        except Exception as error:  # never let one expression take the others with it
            decision = unknown_decision("", f"The worker failed: {type(error).__name__}: {str(error)[:200]}.")
        print(json.dumps(decision.to_json()), file=answers, flush=True)


if __name__ == "__main__":
    main()
