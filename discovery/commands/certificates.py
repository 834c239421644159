"""Where certificates are kept: one JSON file for each formula that was proved or refuted, in a directory or a run."""

import json
import tempfile
from collections.abc import Sequence
from dataclasses import replace as replaced
from pathlib import Path

from discovery.expression.canonical import text_hash
from discovery.files import write_atomically
from discovery.proof.verdict import Decision
from discovery.runs import VERDICTS, Run


class CertificateDirectory:
    """Writes DIR/<content hash of the formula>.json.

    Raises:
        ValueError: `path` cannot be made, or no file can be made in it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            path.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=path):
                pass
        except OSError as error:
            raise ValueError(f"verify: --certificate: cannot write to {path}: {error.strerror}") from None

    def write(self, decision: Decision) -> Decision:
        """The decision with the path of its certificate, which is written whole or not at all.

        Raises:
            ValueError: it cannot be written.
        """
        if decision.evidence is None:
            return decision
        target = self.path / f"{text_hash(decision.expression)}.json"
        try:
            write_atomically(target, (json.dumps(decision.evidence) + "\n").encode())
        except OSError as error:
            raise ValueError(f"verify: --certificate: cannot write {target}: {error.strerror}") from None
        return replaced(decision, certificate=str(target))


def certificate_name(expression: str) -> str:
    """Where a run keeps the certificate of a formula."""
    return f"certificates/{text_hash(expression)}.json"


def write_verdicts(run: Run, decisions: Sequence[Decision]) -> None:
    """The verdicts of a run, in place of earlier ones, and their certificates; the verdicts last."""
    for decision in decisions:
        name = certificate_name(decision.expression)
        if decision.evidence is not None and name not in run:
            run.write_json(name, decision.evidence)
    run.remove(VERDICTS)
    run.write_json(VERDICTS, [decision.to_json() for decision in decisions])
