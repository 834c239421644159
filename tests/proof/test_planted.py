# ruff: noqa: E501
"""Planted violations: valid drifts with one hidden flaw, far from where an attack looks. None may ever be `proved`.

Each plant is exact: with w a window of width 1e-6 to 1e-12, g*((x - c)**2 - w**2) is negative for |x - c| < w alone.
Whether a plant is refuted or left unknown is the power of the attack; that it is never proved is the soundness.
"""

import re

import pytest
from oracle import objection

from discovery.expression.parser import parse
from discovery.proof.prove import decide

HOSTS = ("(r - 1)**2*A**2", "A*(r - 1)*tanh(A*(r - 1))", "abs(A)*log(r)**2", "relu((r - 1)*A - tanh((r - 1)*A))**2")
WINDOWS = [
    f"({x} - {centre})**2 - {width}"
    for x, centre in (("r", "1.7"), ("r", "0.123456789"), ("A", "2.7182818"), ("log(r)", "3.1"), ("r*A", "0.77"), ("(r - 1)*A", "41/7"))
    for width in ("1e-12", "1e-18", "1e-24")
]  # fmt: skip
TAILS = (
    "1 - r/1e12", "1 - A/1e12", "1 - A**2/1e40", "1 - log(r)**2/1e8", "1 - log(1 + r)/1e4", "2 - exp(r/1e6)",
    "1 - 1e-9/r", "1 + log(r)/1e3", "1.5707963 - atan(A)", "1 - 1.000000001*tanh(r)", "1 - 1.0001*sigmoid(A)",
    "1 - asinh(A)/1e3", "exp(-A) - 1e-300", "sech(A) - 1e-50", "1 - A*r/1e15", "1 - sqrt(abs(A))/1e10",
    "softplus(A) - 1e-40", "cosh(log(r)) - log(r)**2/1e9 - r*1e3*exp(-1e3)*(r - 1e4)",
)  # fmt: skip
OFFSETS = (
    "{f} + 1e-9", "{f} - 1e-9", "{f} + 1e-9*(r - 1)", "{f} - 1e-9*(r - 1)", "{f} + 1e-9*abs(r - 1)", "{f} - 1e-9*abs(log(r))",
    "{f} + 1e-30*A", "{f} + 1e-30*(r - 1)*exp(A)", "{f} + 1e-9*sqrt(abs(r - 1))", "{f} + relu(1e-9 - abs(r - 1))",
    "{f} - 1e-9*relu(1e-9 - abs(r - 1))", "{f} + 1e-12*sign(r - 1)", "{f} + 1e-12*sign(A - 3)", "{f} + 1e-9*relu(A - 1e6)*abs(r - 1)",
)  # fmt: skip
SINGLE = (
    # one A, or one r, or one point at which it fails
    "{f}*(A - 3)/(A - 3)", "{f}*(r - 2)/(r - 2)", "{f}*(1 + log((A - 1/3)**2)*0)", "{f}*abs(sign(A - 1/7))", "{f}*sign((r - 3)**2)",
    "{f} + where((A - 0.3)**2 <= 0, 1, 0)", "{f} - where((r - 1.3)**2 <= 0, 1, 0)", "where((A - 0.3)**2 <= 0, r, {f})",
    "{f} + abs(r - 1)*where((A - 0.3)**2 <= 0, 1, 0)", "{f}/((r - 2)**2 + (A - 1)**2)", "{f}*log((r - 2)**2 + A**2)**2",
    "{f}*exp(-1/((r - 2)**2 + (A - 1)**2))", "{f}*where(r*A <= 2, 1, 1 + 1e-12)", "{f}*where(A < 1e-9, 1, 2)", "{f} + 0*sqrt(A + 1e9)",
    "{f} + 0*(r**2 - 2)**(-1)", "{f}*(A**2 - 2)/(A**2 - 2)", "{f} - where((r**2 - 2)**2 <= 0, 1, 0)*A**2", "{f} + 0*log(1e9 - r)",
)  # fmt: skip
SHARP = (
    "x**2 - 1.000001*x*tanh(x)", "x*tanh(x) - x**2/(1 + x**2/3.000001)", "exp(x**2/2.000001) - cosh(x)", "cosh(x) - 1 - 0.500001*x**2",
    "0.499999*x**2 - log(cosh(x))", "exp(x) - 1 - x - 0.500001*relu(x)**2", "sinh(x)**2 + x*tanh(x) - 2.000001*x**2",
    "relu(x - 0.999999*tanh(x))", "relu(x - 1.000001*sinh(x)) - 1e-9*x**2", "0.999999*abs(x) - abs(tanh(x))", "x**2/8.000001 - log(cosh(x/2))",
    "relu(x)**3*(0.999998 - tanh(x)/tanh(0.5)*tanh(0.499999))", "x*atan(x) - x**2/(1 + x**2/3.000001)", "x*asinh(x) - x**2/sqrt(1 + x**2/3.000001)",
)  # fmt: skip


def never_proved(text: str) -> None:
    expr = parse(text)
    decision = decide(expr)
    assert decision.verdict != "proved"
    assert objection(expr, decision) is None
    assert not any("internal error" in condition.reason for condition in decision.conditions.values()), decision


@pytest.mark.timeout(120)
@pytest.mark.parametrize("window", WINDOWS)
def test_a_tiny_window_is_never_proved(window):
    for host in HOSTS[:2]:
        never_proved(f"{host}*({window})")


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("window", WINDOWS)
def test_a_tiny_window_in_other_hosts_is_never_proved(window):
    for host in HOSTS:
        never_proved(f"({window})*exp(A)*({host})")
        never_proved(f"where(A >= 0, ({window})*({host}), {host})")
        never_proved(f"min({host}, ({window})*({host}))")


@pytest.mark.timeout(120)
@pytest.mark.parametrize("tail", TAILS)
def test_a_far_tail_is_never_proved(tail):
    for host in ("(r - 1)**2*A**2", "log(r)**2"):
        never_proved(f"{host}*({tail})")


@pytest.mark.timeout(120)
@pytest.mark.parametrize("shape", OFFSETS)
def test_a_small_offset_is_never_proved(shape):
    for host in HOSTS:
        never_proved(shape.format(f=host))


@pytest.mark.timeout(120)
@pytest.mark.parametrize("shape", SINGLE)
def test_a_single_bad_point_is_never_proved(shape):
    for host in ("(r - 1)**2", HOSTS[1]):
        never_proved(shape.format(f=host))


@pytest.mark.timeout(120)
@pytest.mark.parametrize("shape", SHARP)
def test_a_sharp_constant_just_exceeded_is_never_proved(shape):
    for x in ("((r - 1)*A)", "(A*log(r))", "log(r)"):
        never_proved(re.sub(r"\bx\b", x, shape))
