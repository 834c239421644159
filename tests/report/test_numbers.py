"""Numbers are written in one way."""

import pytest

from discovery.report import numbers

NAN = float("nan")


@pytest.mark.parametrize(
    ("found", "text"),
    [
        ({"value": 0.934, "low": 0.9, "high": 0.96}, "0.93 [0.90, 0.96]"),
        ({"value": 0.934, "low": None, "high": None}, "0.93"),
        ({"value": NAN, "low": NAN, "high": NAN}, "-"),
        (None, "-"),
    ],
)
def test_an_interval(found, text):
    assert numbers.interval(found) == text


def test_scores_keep_three_figures_whatever_their_size():
    assert [numbers.score_text(value) for value in (0.123456, 12.34, -1234.5, 23456.7)] == [
        "0.123", "12.3", "-1234.5", "23457",
    ]  # fmt: skip
    assert numbers.score_interval({"iqm": 93.44, "iqm_low": 90.1, "iqm_high": 96.2}) == "93.4 [90.1, 96.2]"
    assert numbers.score_interval({"iqm": None, "iqm_low": None, "iqm_high": None}) == "-"


def test_seeds_that_nobody_will_train_are_no_number():
    assert numbers.seeds_needed({"seeds_needed": 2520}) == "2,520"
    assert numbers.seeds_needed({"seeds_needed": None}) == "over 100,000"
    assert numbers.seeds_needed(None) == "-"
