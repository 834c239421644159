"""What `drift verify` prints on request besides a verdict: the argument of its certificate, and repairs."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from discovery.commands.options import say

if TYPE_CHECKING:
    from discovery.proof.verdict import Decision


def extras(decision: "Decision", *, explain: bool, latex: bool, repair: bool, timeout: float) -> dict[str, Any]:
    """Further keys of a JSON object of verify: `explanation` (text or null) and `repairs`, each only if asked for."""
    found: dict[str, Any] = {}
    if explain or latex:
        found["explanation"] = _explanation(decision, latex=latex)
    if repair:
        from discovery.proof.repair import repairs

        found["repairs"] = [offer.to_json() for offer in repairs(decision, timeout=timeout)]
    return found


def _explanation(decision: "Decision", *, latex: bool) -> str | None:
    evidence = decision.evidence
    if evidence is None:
        return None
    from discovery.report.explain import explain

    try:
        return explain(evidence, latex=latex)
    except ValueError as error:  # the verdict stands all the same
        say(f"The argument cannot be written out: {error}.")
        return None


def print_extras(decision: "Decision", found: Mapping[str, Any], *, latex: bool = False) -> None:
    """The same for a person, below the verdict; with `latex`, standard output gets LaTeX and nothing else."""
    if "explanation" in found:
        if found["explanation"] is not None:
            print(found["explanation"] if latex else f"\n{found['explanation']}\n", flush=True)
        else:
            why = "the verdict is unknown" if decision.verdict.value == "unknown" else "its verdict has no certificate"
            say(f"Nothing to explain for {decision.expression}: {why}.")
    if "repairs" in found and decision.verdict.value == "refuted":
        from discovery.report.terminal import print_repairs

        print_repairs(found["repairs"], to_stderr=latex)
