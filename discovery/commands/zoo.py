"""drift zoo: the known drifts, with verdicts."""

import os
from dataclasses import dataclass

from discovery.commands.options import emit, parse_options
from discovery.drifts.zoo import ZOO


@dataclass(frozen=True)
class ZooOptions:
    """The drifts of the literature that this package knows, each verified as it is listed.

    Attributes:
        json: one JSON object a drift on stdout.
    """

    json: bool = False


def main(args: list[str]) -> int:
    """Run the command; returns the exit code."""
    options = parse_options(ZooOptions, args, command="zoo")
    from discovery.proof.batch import verify

    decisions = list(verify([entry.expr for entry in ZOO.values()], timeout=10.0, workers=os.cpu_count() or 1))
    if options.json:
        for entry, decision in zip(ZOO.values(), decisions, strict=True):
            emit({"name": entry.name, "source": entry.source, **decision.to_json()})
    else:
        from discovery.report.terminal import print_zoo

        print_zoo(list(ZOO.values()), decisions)
    return 0
