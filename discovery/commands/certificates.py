"""A directory of certificates: one JSON file for each formula that was proved or refuted."""

import json
import tempfile
from dataclasses import replace as replaced
from pathlib import Path

from discovery.expression.canonical import text_hash
from discovery.proof.verdict import Decision
from discovery.runs import write_atomically


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
