"""All pictures of a run: there is one for what it holds, and every one can be read."""

from dataclasses import replace

import matplotlib.pyplot as plt
import numpy as np
import pytest

from discovery.report.findings import Findings
from discovery.report.gallery import Picture, gallery, looks_of, save
from tests.report import made_up
from tests.report.legible import faults, legend_labels
from tests.report.records import record

DIVERGING = {"spo": 2, "kl_forward": 5}


def names(findings, surfaces=()):
    return [picture.name for picture in gallery(findings, surfaces)]


def test_the_checks_of_legibility_can_fail():
    figure = plt.figure(figsize=(3, 2))
    figure.text(0.5, 0.5, "one", fontsize=9)
    figure.text(0.5, 0.5, "other", fontsize=9)
    figure.text(0.97, 0.1, "beyond the edge", fontsize=5)
    figure.text(0.1, 0.9, "$10^{-3}$", fontsize=9)
    told = faults(figure)
    plt.close(figure)
    assert [words in " ".join(told) for words in ("lies on", "cut off", "5 pt", "maths")] == [True] * 4
    assert len(told) == 4


def test_a_few_drifts_in_two_environments():
    made = made_up.findings(diverging=DIVERGING)
    pictures = list(gallery(made, made_up.surfaces(made_up.FEW)))
    expected = [
        "slopes",
        "slices-drift",
        "slices-slope",
        "aggregates",
        "improvement",
        "profiles",
        "efficiency",
        "curves",
    ]
    for env in ("CartPole-v1", "Acrobot-v1"):
        expected += [f"diagnostics-{env}", f"ratios-{env}"]
    assert [picture.name for picture in pictures] == expected
    assert {picture.name: faults(picture.figure) for picture in pictures} == {name: [] for name in expected}
    assert all(picture.caption.endswith(".") for picture in pictures)
    assert {picture.figure.get_figwidth() for picture in pictures} == {3.5, 7.0}


def test_a_discovery_with_long_formulas_in_one_environment():
    member = {"expression": made_up.LONG[0], "complexity": 9, "nmse": 0.1, "heldout_nmse": 0.2, "ties": []}
    made = made_up.findings(
        made_up.NETWORKS,
        ("CartPole-v1",),
        history=[record(g, judged=g % 4 == 0) for g in range(20)],
        front=[member],
        selection=[{"expression": made_up.LONG[0], "score": 1.0}],
    )
    pictures = {picture.name: picture for picture in gallery(made)}
    assert {name: faults(picture.figure) for name, picture in pictures.items()} == {name: [] for name in pictures}
    assert {"metatrain", "pareto", "curves-CartPole-v1"} <= set(pictures)
    assert legend_labels(pictures["curves-CartPole-v1"].figure)[-2:] == ["formula 1", "formula 2"]


@pytest.mark.slow
def test_the_whole_zoo():
    made = made_up.findings(made_up.MANY, diverging={**DIVERGING, "k1": 9})
    for picture in gallery(made, made_up.surfaces(made_up.MANY)):
        assert faults(picture.figure) == [], picture.name
        assert picture.figure.get_figheight() <= 9.5, picture.name  # a page


def test_more_drifts_than_a_panel_holds():
    drifts = made_up.MANY[:12]
    two = made_up.findings(drifts, diagnostics=None, summary=None)
    assert names(two) == ["curves-CartPole-v1", "curves-Acrobot-v1"]
    shown = {
        picture.name: picture for picture in gallery(made_up.findings(drifts, ("CartPole-v1",), diverging=DIVERGING))
    }
    for name in ("aggregates", "improvement", "profiles", "curves-CartPole-v1", "diagnostics-CartPole-v1"):
        assert faults(shown[name].figure) == [], name
    assert len(legend_labels(shown["diagnostics-CartPole-v1"].figure)) == len(drifts)


@pytest.mark.parametrize("drifts", [made_up.FEW, made_up.MANY[:8]])
def test_a_sweep_has_statistics_for_each_value_and_one_picture_of_all(drifts):
    made = made_up.findings(drifts, ("CartPole-v1", "Acrobot-v1"), (1e-4, 3e-4), diagnostics=None, curves=None)
    pictures = [picture for picture in gallery(made) if "0.0003" in picture.name or picture.name.startswith("sweep")]
    families = ("aggregates", "improvement", "profiles", "efficiency")
    swept = ["sweep-learning_rate"]
    if len(drifts) > 7:
        swept = [f"sweep-learning_rate-{env}" for env in ("CartPole-v1", "Acrobot-v1")]
    assert [picture.name for picture in pictures] == [f"{name}-learning_rate-0.0003" for name in families] + swept
    assert "learning rate 0.0003" in pictures[0].caption
    for picture in pictures:
        assert faults(picture.figure) == [], picture.name


def test_a_sweep_has_curves_for_each_value():
    made = made_up.findings(sweep=(1e-4, 1e-3), diagnostics=None, summary=None, rows=None)
    assert names(made) == ["curves-learning_rate-0.0001", "curves-learning_rate-0.001"]
    pictures = list(gallery(made))
    assert [axis.get_title() for axis in pictures[0].figure.axes] == ["CartPole-v1", "Acrobot-v1"]
    assert "learning rate 0.001" in pictures[1].caption


def test_an_unfinished_run_has_the_pictures_of_what_it_holds():
    empty = Findings(manifest={**made_up.MANIFEST, "config": {"drifts": ["ppo"]}}, path="")
    assert names(empty) == []
    history = [record(g, judged=True) for g in range(3)]
    assert names(replace(empty, history=history)) == ["metatrain"]
    unscored = made_up.findings(summary=None, rows=None, diagnostics=None)
    assert names(unscored) == ["curves"]


def test_a_summary_without_a_scale_has_no_pictures():
    entry = {**made_up.summary(made_up.FEW, {}, []), "aggregates": [], "improvement": []}
    entry |= {"profiles": {"tau": [], "drifts": {}}, "sample_efficiency": {"share": [], "drifts": {}}}
    assert names(made_up.findings(summary=[entry], rows=None, curves=None, diagnostics=None)) == []


def test_environment_steps_are_those_of_the_condition():
    made = made_up.findings()
    np.testing.assert_array_equal(made.curve_steps("CartPole-v1"), 256 * np.arange(1, 41))
    config = {"task": ["CartPole-v1"], "ppo": {"num_envs": 4}, "env": {"CartPole-v1": {"num_steps": 16}}}
    earlier = replace(made, manifest={**made.manifest, "config": config})
    np.testing.assert_array_equal(earlier.curve_steps("CartPole-v1"), 64 * np.arange(1, 41))


def test_a_drift_looks_the_same_in_all_pictures_of_a_run():
    made = made_up.findings()
    found = looks_of(made, made_up.surfaces(["cim"]))
    assert list(found) == [*made_up.FEW, "cim"]


def test_a_picture_is_saved_as_png_and_pdf_below_figures():
    (picture,) = gallery(made_up.findings(summary=None, rows=None, diagnostics=None))
    assert isinstance(picture, Picture)
    files = save(picture)
    assert list(files) == ["figures/curves.png", "figures/curves.pdf"]
    assert files["figures/curves.png"].startswith(b"\x89PNG")
    assert files["figures/curves.pdf"].startswith(b"%PDF")
    assert b"/Type3" not in files["figures/curves.pdf"]
