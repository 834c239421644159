"""Forged certificates: false claims that would pass if an expression counted as defined where it is not."""

import pytest

from discovery.proof.checker import Rejected, check

SQUARE = {"rule": "range", "claim": "(r - 1)**2"}
FALSE = "A*(r - 1)**2"  # negative for A < 0


def certificate(expression, nonnegative):
    return {
        "format": "drift-certificate/1", "expression": expression, "verdict": "proved",
        "defined": {"obligations": {}, "surfaces": []}, "zero": {"breaks": [], "generators": []},
        "flat": {"breaks": []}, "nonnegative": nonnegative,
    }  # fmt: skip


def times_square(claim, factor):
    return {"rule": "product", "claim": claim, "parts": [factor, SQUARE]}


LOGARITHM = {"rule": "range", "claim": "exp(log(A))"}  # A, for A > 0 only
SPLIT = {  # log(A) >= 0 and log(A) < 0 leave A <= 0 out
    "rule": "split", "claim": "A", "on": "log(A)", "above": {"rule": "range", "claim": "A"},
    "below": {"rule": "range", "claim": "A"},
}  # fmt: skip
FORGED = {
    "range": (FALSE, {"rule": "range", "claim": "exp(log(A))*(r - 1)**2"}),
    "nowhere defined": ("-(r - 1)**2", {"rule": "range", "claim": "exp(log(-1))*(r - 1)**2"}),
    "cosh": (
        "-cosh(log(2))*(r - 1)**2",
        {"rule": "range", "claim": "exp(log(-cosh(log(2))))*(r - 1)**2"},
    ),
    "product": (FALSE, times_square(FALSE, LOGARITHM)),
    "sum": (FALSE, times_square(FALSE, {"rule": "sum", "claim": "A", "parts": [LOGARITHM]})),
    "split": (FALSE, times_square(FALSE, SPLIT)),
    "substitute": (
        FALSE,
        times_square(
            FALSE, {"rule": "substitute", "claim": "A", "by": "log(A)", "proof": {"rule": "range", "claim": "exp(u)"}}
        ),
    ),
    "substitute inside": (
        FALSE,
        times_square(
            FALSE, {"rule": "substitute", "claim": "A", "by": "A", "proof": {"rule": "range", "claim": "exp(log(u))"}}
        ),
    ),
    "have": (FALSE, {"rule": "have", "claim": FALSE, "fact": LOGARITHM, "proof": {"rule": "range", "claim": FALSE}}),
}


@pytest.mark.timeout(60)
@pytest.mark.parametrize("name", FORGED)
def test_forged_certificate_is_rejected(name):
    with pytest.raises(Rejected, match="nonnegative"):
        check(certificate(*FORGED[name]))


@pytest.mark.timeout(60)
@pytest.mark.parametrize("nothing", ["1**log(A)", "log(A)**0", "0*log(A) + 1", "(log(A) - log(A)) + 1"])
def test_what_is_undefined_does_not_vanish(nothing):
    with pytest.raises(Rejected, match="defined"):
        check(certificate(f"({nothing})*(r - 1)**2", SQUARE))


@pytest.mark.timeout(60)
def test_the_same_proofs_hold_where_their_quantities_are_defined():
    """So that the forged ones are rejected for the reason that they should be."""
    claim = "exp(A)*(r - 1)**2"
    for factor in (
        {"rule": "range", "claim": "exp(log(exp(A)))"},
        {"rule": "substitute", "claim": "exp(A)", "by": "A", "proof": {"rule": "range", "claim": "exp(log(exp(u)))"}},
        SPLIT | {"claim": "exp(A)", "on": "log(exp(A))", "above": {"rule": "range", "claim": "exp(A)"},
                 "below": {"rule": "range", "claim": "exp(A)"}},
    ):  # fmt: skip
        assert check(certificate(claim, times_square(claim, factor))) == "proved"
