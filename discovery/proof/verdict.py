"""What a proof attempt returns: three-valued verdicts, one per condition and one overall."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Verdict(StrEnum):
    """proved and refuted are mathematical facts; unknown is an expected outcome, with a reason."""

    PROVED = "proved"
    REFUTED = "refuted"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Condition:
    """The outcome of one condition.

    Attributes:
        verdict: proved, refuted or unknown.
        method: what decided it, e.g. "dual numbers" ("" if nothing did).
        reason: a full sentence for a person.
    """

    verdict: Verdict
    method: str
    reason: str

    def to_json(self) -> dict[str, str]:
        return {"verdict": self.verdict.value, "method": self.method, "reason": self.reason}


@dataclass(frozen=True)
class Counterexample:
    """An exact point at which a condition fails, all three as exact rational strings ("-3/5").

    `value` depends on the condition that fails, the first of these that is refuted:
        nonnegative: f(r, A) <= value < 0, provably, and f(r, A) = value where f is rational there;
        zero: r = 1 and f(1, A) lies at or beyond value, on the same side of 0;
        defined: "undefined" if f(r, A) is not a real number, else a bound on the height of the jump at (r, A);
        flat: r = 1 and the one-sided slope (or, at a jump, f(1+-, A) - f(1, A)) lies at or beyond value, likewise;
            "infinite" if the difference quotient tends to +-infinity.
    `progress`, of formulas that depend on it, is the value at which f, as a function of r and A, fails so; else None.
    """

    r: str
    A: str
    value: str
    progress: str | None = None

    def to_json(self) -> dict[str, str]:
        """{r, A, value}, or {r, A, progress, value}."""
        moment = {} if self.progress is None else {"progress": self.progress}
        return {"r": self.r, "A": self.A, **moment, "value": self.value}


@dataclass(frozen=True)
class Outcome:
    """What a method finds out about one condition.

    Attributes:
        condition: the verdict.
        evidence: for a proof, the condition's part of the certificate; for a refutation, the certificate's
            `refutation` (README.md).
    """

    condition: Condition
    evidence: Mapping[str, Any] | None = None

    @classmethod
    def proved(cls, method: str, reason: str, **evidence: Any) -> "Outcome":
        return cls(Condition(Verdict.PROVED, method, reason), evidence)

    @classmethod
    def refuted(cls, method: str, reason: str, **evidence: Any) -> "Outcome":
        return cls(Condition(Verdict.REFUTED, method, reason), evidence)

    @classmethod
    def unknown(cls, reason: str) -> "Outcome":
        return cls(Condition(Verdict.UNKNOWN, "", reason))


CONDITIONS = ("defined", "zero", "flat", "nonnegative")


@dataclass(frozen=True)
class Decision:
    """The verdict on one expression.

    Attributes:
        expression: its canonical text.
        verdict: proved iff all four conditions are, refuted iff one is, else unknown.
        conditions: by name, `CONDITIONS`.
        counterexample: a point where it fails, if it is refuted and the point is rational.
        gauge: text of a form that is valid and equal in expectation, such as "f + 1*(r - 1)", or None.
        seconds: wall-clock time spent.
        certificate: path of a certificate, or None.
        evidence: the certificate itself, if it is proved or refuted.
    """

    expression: str
    verdict: Verdict
    conditions: Mapping[str, Condition]
    counterexample: Counterexample | None = None
    gauge: str | None = None
    seconds: float = 0.0
    certificate: str | None = None
    evidence: Mapping[str, Any] | None = None

    def to_json(self) -> dict[str, Any]:
        """The object that `drift verify --json` prints."""
        return {
            "expression": self.expression,
            "verdict": self.verdict.value,
            "conditions": {name: self.conditions[name].to_json() for name in CONDITIONS},
            "counterexample": self.counterexample.to_json() if self.counterexample else None,
            "gauge": self.gauge,
            "seconds": self.seconds,
            "certificate": self.certificate,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Decision":
        """The decision that `to_json` wrote."""
        conditions = {
            name: Condition(Verdict(entry["verdict"]), entry["method"], entry["reason"])
            for name, entry in data["conditions"].items()
        }
        point = data["counterexample"]
        return cls(
            expression=data["expression"],
            verdict=Verdict(data["verdict"]),
            conditions=conditions,
            counterexample=Counterexample(**point) if point else None,
            gauge=data["gauge"],
            seconds=data["seconds"],
            certificate=data["certificate"],
        )


def overall(conditions: Mapping[str, Condition]) -> Verdict:
    """proved iff all four are proved; refuted iff any is refuted; else unknown."""
    verdicts = [conditions[name].verdict for name in CONDITIONS]
    if Verdict.REFUTED in verdicts:
        return Verdict.REFUTED
    return Verdict.PROVED if all(v is Verdict.PROVED for v in verdicts) else Verdict.UNKNOWN


def unknown_decision(expression: str, reason: str, seconds: float = 0.0) -> Decision:
    """A decision that decides nothing, for `reason`."""
    condition = Condition(Verdict.UNKNOWN, "", reason)
    return Decision(expression, Verdict.UNKNOWN, dict.fromkeys(CONDITIONS, condition), seconds=seconds)
