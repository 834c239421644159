"""False rules are refused, each for the right clause; where a counterexample is easy to find it is told."""

import pytest

from discovery.grammar.grammar import GrammarError, read_grammar
from tests.grammar.types_to_attack import extended

CONTINUOUS, FLAT, SIGN = "defined and continuous", "flat", "nonnegative"
FALSE = [
    # slopes
    ("flat = push - tangent", "flat"),
    ("flat = push", "flat"),
    ("flat = abs(push)", "flat"),
    ("flat = sqrt(push**2)", "flat"),
    ("flat = relu(push)", "flat"),
    ("flat = max(push, flat)", "flat"),
    ("flat = push - 2*c*tanh(push/c)", "flat"),
    ("flat = push - clip(push, c - wide, c)", "flat"),
    ("flat = A*(r - clip(r, 1 - width, 1))", "flat"),
    ("flat = A*(r - clip(r, 1 - width, wide))", "flat"),
    ("flat = push + gap", "flat"),
    ("flat = flat + c", "flat"),
    ("flat = A*(max(c*r, wide) - max(c, wide))", "flat"),
    ("flat = A*(max(r, 1) - 1)", "flat"),
    ("flat = A*(abs(r - 1) - relu(r - 1))", "flat"),
    ("flat = abs(push)*sign(A)", "flat"),
    ("drift = abs(log(r))**(1 + progress)", CONTINUOUS),
    ("drift = abs(push)**(q + 1/2)*0 + abs(push)**(q + 1/4)", "flat"),
    ("drift = cosh(sqrt(divergence)) - 1 + sqrt(divergence)", "flat"),
    ("flat = A*(r - 1)*factor", "flat"),
    ("flat = A*(r - 1)*progress - (progress - 1)*push", "flat"),
    ("push = 2*push", "slope A"),
    ("push = c*push", "slope A"),
    ("push = push + flat*factor - push_2 + abs(push)", "slope A"),
    ("push = A*abs(tangent)", "slope A"),
    ("push = where(r >= 1, push, 2*push)", "slope A"),
    ("tangent = c*tanh(tangent)", "slope 1"),
    ("tangent = (r**p - 1)/q", "slope 1"),
    ("tangent = tangent*exp(c)", "slope 1"),
    ("drift = sqrt(divergence)", "flat"),
    ("drift = divergence**(1/2)", "flat"),
    ("drift = abs(push)**q", "flat"),
    ("drift = relu(smooth)", "flat"),
    ("drift = relu(smooth - smooth_at_1)", "flat"),
    ("drift = relu(smooth - smooth_at_1 - (r - 1)*smooth_2_slope_at_1)", "flat"),
    ("drift = relu(smooth - smooth_2_at_1 - (r - 1)*smooth_slope_at_1)", "flat"),
    ("drift = relu(smooth - smooth_at_1 - log(r)**2*smooth_slope_at_1)", "flat"),
    ("drift = relu(smooth - smooth_at_1 - (r**2 - 1)*smooth_slope_at_1)", "flat"),
    ("drift = weight", "flat"),
    ("drift = weight + divergence", "flat"),
    ("drift = factor*weight", "flat"),
    ("drift = exp(divergence)", "flat"),
    ("drift = max(divergence, weight)", "flat"),
    # signs
    ("drift = flat", SIGN),
    ("drift = gap", SIGN),
    ("drift = c*divergence - divergence_2", SIGN),
    ("drift = divergence - divergence_2", SIGN),
    ("drift = divergence*flat", SIGN),
    ("drift = tapered*gap", SIGN),
    ("drift = 1 - exp(tapered)", SIGN),
    ("drift = clip(flat, 0 - c, c)", SIGN),
    ("drift = log(1 + divergence) - divergence", SIGN),
    ("drift = max(flat, gap)", SIGN),
    ("drift = min(flat, divergence)", SIGN),
    ("drift = A*divergence", SIGN),
    ("drift = (progress - 1)*divergence", SIGN),
    ("drift = (1 - 2*progress)*divergence", SIGN),
    ("drift = (1 - q)*divergence", SIGN),
    ("drift = (49 - c)*divergence", SIGN),
    ("drift = push*tanh(push/c) - push**2/c", SIGN),
    ("drift = sinh(push)*push - push**2*(1 + push**2/5)", SIGN),
    ("drift = where(A >= 0, tapered, 0 - tapered)", SIGN),
    ("drift = (r - 1)**2*(r - 1/100)", SIGN),
    ("drift = (r**q - 1)/q - log(r) - (r - 1)**2/100", SIGN),
    ("tapered = push*(r - 1)", SIGN),
    ("drift = r*log(r) - (r - 1) - divergence", SIGN),
    ("gap = c*tanh(push/c) - push", "sign A*(r - 1)"),
    ("gap = flat", "sign A*(r - 1)"),
    ("gap = tapered", "sign A*(r - 1)"),
    ("gap = push - c*sinh(push/c)", "sign A*(r - 1)"),
    ("push = push - flat", "sign A*(r - 1)"),
    ("push = push - push**3/1000000", "sign A*(r - 1)"),
    ("push = c*atan(push/c) - gap", "sign A*(r - 1)"),
    ("tangent = tangent - tangent**2", "sign r - 1"),
    ("weight = 1 - A**2/1000000", SIGN),
    ("weight = A", SIGN),
    ("factor = weight", "positive"),
    ("factor = 1 - divergence", "positive"),
    ("factor = factor - 1", "positive"),
    # domains and jumps
    ("drift = tapered/(1 - tapered)", CONTINUOUS),
    ("drift = log(divergence)", CONTINUOUS),
    ("drift = 1/divergence", CONTINUOUS),
    ("drift = divergence/weight", CONTINUOUS),
    ("drift = sqrt(flat)**4", CONTINUOUS),
    ("drift = log(1 - divergence)**2", CONTINUOUS),
    ("drift = log(2 - wide)**2*divergence", CONTINUOUS),
    ("drift = divergence/(1 - q)**2", CONTINUOUS),
    ("drift = divergence/(push + c)**2", CONTINUOUS),
    ("drift = push**q", CONTINUOUS),
    ("drift = push**A*divergence", CONTINUOUS),
    ("drift = divergence/progress", CONTINUOUS),
    ("drift = divergence*log(progress)**2", CONTINUOUS),
    ("drift = divergence**progress", CONTINUOUS),
    ("drift = where(A >= 0, divergence, tapered)", CONTINUOUS),
    ("drift = where(A >= 0, divergence, divergence_2)", CONTINUOUS),
    ("drift = where(A >= 1, tapered, tapered_2)", CONTINUOUS),
    ("drift = where(r >= 2, tapered, tapered_2)", CONTINUOUS),
    ("drift = where(push >= c, tapered, tapered_2)", CONTINUOUS),
    ("drift = where(1/A >= 0, tapered, tapered_2)", CONTINUOUS),
    ("drift = where(log(A**2) >= 0, tapered, tapered)", CONTINUOUS),
    ("drift = sign(A)**2*divergence", CONTINUOUS),
    ("drift = sign(push)*push*divergence", CONTINUOUS),
    ("drift = (1 + sign(r - 1))*weight", CONTINUOUS),
    ("drift = above", CONTINUOUS),
    ("drift = where(A >= 0, above, above_2)", CONTINUOUS),
    ("drift = where(A <= 0, above, tapered)", CONTINUOUS),
    ("weight = part_at_1**2", CONTINUOUS),
    ("drift = relu(part - part_at_1 - (r - 1)*part_slope_at_1)", CONTINUOUS),
    ("above = where(A <= 0, 0, divergence)", CONTINUOUS),
    ("part = sqrt(0 - A)*r", CONTINUOUS),
    # the other clauses
    ("divergence = tapered", "free of A"),
    ("divergence = A**2*divergence", "free of A"),
    ("weight = weight*r", "free of r"),
    ("weight = factor", "free of r"),
    ("weight = smooth_at_1", SIGN),
    ("tapered = divergence", "zero at A = 0"),
    ("tapered = weight*divergence", "zero at A = 0"),
    ("tapered = cosh(A)*divergence", "zero at A = 0"),
    ("push = push + flat*0 + tangent*A - tangent_2*A + divergence", "zero at A = 0"),
    ("smooth = abs(smooth)", "smooth"),
    ("smooth = push", "smooth"),
    ("smooth = max(smooth, 1)", "smooth"),
    ("smooth = abs(r - 1)", "smooth"),
    ("smooth = relu(r - 1)**2", "smooth"),
    ("smooth = where(r >= 1, r, 1)", "smooth"),
    ("smooth = weight*divergence", "smooth"),
    ("smooth = sqrt(abs(smooth))", "smooth"),
]


@pytest.mark.parametrize(("rule", "clause"), FALSE, ids=[rule for rule, _ in FALSE])
def test_a_false_rule_is_refused(rule, clause):
    with pytest.raises(GrammarError) as caught:
        read_grammar(extended(rule), "attack.grammar")
    message = str(caught.value)
    assert message.startswith("attack.grammar, line ")
    assert f"keep '{clause}'" in message, message
    assert "\n" not in message
    assert "internal error" not in message


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        ("flat = abs(push)", "the slope on the (left|right) is about"),
        ("drift = divergence/(push + c)**2", r"push = -\S+: not defined \(division by zero\)"),
        ("drift = 1 - exp(tapered)", "the value is -"),
        ("drift = (49 - c)*divergence", "c = 50"),
        ("drift = 1/divergence", "not defined"),
        ("factor = weight", "weight = 0"),
        ("tapered = weight*divergence", "A = 0"),
    ],
)
def test_a_refusal_tells_values_where_the_rule_fails(rule, told):
    with pytest.raises(GrammarError, match=told):
        read_grammar(extended(rule))
