"""The zoo of the literature: complete, sourced, and clear about what cannot be in it."""

import math

import numpy as np
import pytest

from discovery.drifts.outsiders import OUTSIDERS
from discovery.drifts.zoo import ZOO, zoo_entry
from discovery.expression.evaluate import evaluate

R, A = (grid.ravel() for grid in np.meshgrid(np.exp(np.linspace(-2, 2, 81)), np.linspace(-3, 3, 25)))


def values(name):
    return evaluate(ZOO[name].expr, {"r": R, "A": A})


def test_every_entry_names_its_source_and_is_written_once():
    assert all(entry.source and entry.name == name for name, entry in ZOO.items())
    assert len({entry.expr for entry in ZOO.values()}) == len(ZOO)


@pytest.mark.parametrize("name", [name for name in ZOO if name.endswith("_relu")])
def test_a_repaired_form_is_the_relu_of_the_refuted_one(name):
    np.testing.assert_allclose(values(name), np.maximum(values(name.removesuffix("_relu")), 0), atol=1e-12)


@pytest.mark.parametrize(
    ("name", "objective"),
    [
        ("dapo_clip_higher", np.minimum(R * A, np.clip(R, 0.8, 1.28) * A)),
        ("sapo", A * np.where(A >= 0, 4 / (1 + np.exp(1 - R)), 4 / 1.05 / (1 + np.exp(1.05 * (1 - R))))),
        ("p3o_scopic", A * 4 / 4 / (1 + np.exp(4 * (1 - R)))),
        ("log_surrogate", A * np.log(R)),
        ("gmpo", np.minimum(R * A, np.exp(np.clip(np.log(R), -0.4, 0.4)) * A)),
    ],
)
def test_the_drift_is_r_times_a_less_the_published_objective(name, objective):
    """Up to a term that does not depend on r: its value at r = 1."""
    gap = (R * A - objective).reshape(25, 81)
    np.testing.assert_allclose(values(name).reshape(25, 81), gap - gap[:, 40:41], atol=1e-9)


def test_alpha_divergences_meet_the_divergences_that_they_generalise():
    np.testing.assert_allclose(values("alpha_divergence_0.5"), 2 * values("hellinger"), atol=1e-12)
    np.testing.assert_allclose(values("alpha_divergence_-1"), values("chi2") / R / 2, atol=1e-12)


@pytest.mark.parametrize("name", ["ppo_smooth", "cispo"])
def test_pieces_meet(name):
    for edge in (0.8, 1.2):
        r = np.array([edge - 1e-9, edge, edge + 1e-9])
        value = evaluate(ZOO[name].expr, {"r": r, "A": np.full(3, 1.0)})
        assert np.ptp(value) < 1e-8, edge
    far = evaluate(ZOO[name].expr, {"r": np.array([3.0]), "A": np.array([1.0])})[0]
    expected = {"ppo_smooth": 1.8 + 0.3 * (math.tanh(2) - math.tanh(0.2)), "cispo": 3 - 1.2 * (1 + math.log(2.5))}
    assert far == pytest.approx(expected[name])


@pytest.mark.parametrize("name", [*OUTSIDERS, "V-MPO", "Clip-Cov", "TRPO"])
def test_what_is_no_function_of_r_and_a_is_told_so(name):
    with pytest.raises(ValueError, match=f"drift '{name}' is not in the zoo: ") as error:
        zoo_entry(name)
    assert "\n" not in str(error.value)
    assert name not in ZOO


def test_a_slip_of_the_pen_gets_the_nearest_name():
    with pytest.raises(ValueError, match=r"did you mean sapo\?"):
        zoo_entry("sappo")
