"""Looks of drifts, numbers on axes, and the files that figures are saved in."""

import matplotlib.pyplot as plt
from matplotlib.colors import to_hex

from discovery.report.figures import evolution, profiles
from discovery.report.style import MINUS, looks, numbers_text, save, steps_text
from tests.report import made_up
from tests.report.records import record

SCALE = "none = 0, ppo = 1"


def test_no_two_drifts_of_a_run_look_alike():
    names = [*made_up.MANY, "network", *made_up.LONG, *map(str, range(12))]
    found = looks(names)
    assert len({(look.colour, look.line) for look in found.values()}) >= 35
    assert len({(look.colour, look.line, look.marker) for look in found.values()}) == len(names)
    assert len({look.label for look in found.values()}) == len(names)
    few = [*looks(made_up.NETWORKS).values()]
    assert len({look.marker for look in few}) == len(few)  # told apart without colours
    assert looks(["spo", "ppo"])["ppo"] == looks(["ppo", "dpo"])["ppo"]


def test_long_names_are_made_short_and_stay_apart():
    runs = ["runs/20260101T000000Z-cartpole-aaaaaaaa", "runs/20260101T000000Z-cartpole-bbbbbbbb"]
    found = looks([*made_up.LONG, *runs, "abs(A)*(r - 1)**2"], front=["A", made_up.LONG[1]])
    labels = [look.label for look in found.values()]
    assert labels[:2] == ["formula 3", "formula 2"]  # that of the front has its place there
    assert labels[2].endswith("aaaaaaaa")
    assert labels[4] == "abs(A)*(r - 1)**2"
    assert max(map(len, labels)) <= 24


def test_colours_of_the_references_are_of_the_palette_for_colour_blind_readers():
    okabe_ito = {"#000000", "#e69f00", "#56b4e9", "#009e73", "#f0e442", "#0072b2", "#d55e00", "#cc79a7"}
    drawn = {to_hex(look.colour) for look in looks(made_up.MANY).values()}
    assert drawn - {"#7a7a7a"} <= okabe_ito  # and a grey for no drift


def test_numbers_need_no_superscripts():
    assert numbers_text([1e-4, 1e-3, 0.01]) == ["1e-4", "1e-3", "1e-2"]
    assert numbers_text([-0.5, 0, 1]) == [f"{MINUS}0.5", "0", "1"]
    assert [steps_text(value) for value in (0, 500, 15_000, 2_500_000)] == ["0", "500", "15k", "2.5M"]


def test_pdfs_are_vectors_with_truetype_fonts_and_the_same_bytes_whenever_they_are_made():
    def made():
        summary = made_up.summary(made_up.FEW, {}, ["a"])
        return profiles.profiles(summary["profiles"], looks(made_up.FEW), scale=SCALE)

    pdf = save(made(), "pdf")
    assert pdf == save(made(), "pdf")
    assert b"CreationDate" not in pdf
    assert b"/Type3" not in pdf
    assert b"/CIDFontType2" in pdf or b"/TrueType" in pdf
    assert b"/Subtype /Image" not in pdf


def test_png_is_at_160_dots_an_inch():
    import io

    from PIL import Image

    figure = profiles.profiles(made_up.summary(made_up.FEW, {}, ["a"])["profiles"], looks(made_up.FEW), scale=SCALE)
    assert Image.open(io.BytesIO(save(figure, "png"))).width == round(3.5 * 160)


def test_drawing_changes_nothing_global():
    before = dict(plt.rcParams)
    evolution.meta_training([record(g, judged=True) for g in range(3)], {})
    assert dict(plt.rcParams) == before
    assert not plt.get_fignums()
