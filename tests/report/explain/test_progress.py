"""Arguments for formulas that change during training: one for each value or interval of progress."""

import re

import pytest
from test_latex import problems

from discovery.proof.prove import decide
from discovery.report.explain import explain

pytestmark = pytest.mark.timeout(60)
PROVED = decide("where(progress < 1/4, progress*(r - 1)**2, r - 1 - log(r))").evidence
REFUTED = decide("(progress - 1/2)*(r - 1)**2").evidence
UNDEFINED = decide("(r - 1)**2/progress").evidence


def flat(certificate):
    """The argument on one line."""
    return " ".join(explain(certificate).split())


def test_a_proof_has_a_part_for_each_break_and_each_interval():
    text = flat(PROVED)
    parts = [
        "At progress = 0.",
        "At progress = 1/4.",
        "At progress = 1.",
        "For 0 < progress < 1/4, with progress/4 for progress, so that it runs from 0 to 1.",
        "For 1/4 < progress < 1, with ",
    ]
    places = [text.index(part) for part in parts]
    assert places == sorted(places)
    assert len(re.findall(r"\d\. (?:Defined|Zero|Flat|Non-negative)\.", text)) == 4 * 5
    assert "is a valid drift for every 0 <= progress <= 1." in text
    assert text.endswith("This completes the proof.")


def test_a_refutation_names_its_progress_and_computes_there():
    text = flat(REFUTED)
    assert "is not a valid drift at progress = 0." in text
    assert "At r = 2 and A = 1: f(r, A) <= -1/2." in text
    assert "(r - 1)**2 = 1" in text
    assert "is not a valid drift at progress = 0." in flat(UNDEFINED)


@pytest.mark.parametrize("certificate", [PROVED, REFUTED, UNDEFINED])
def test_latex_is_well_formed(certificate):
    assert problems(explain(certificate, latex=True)) == []
