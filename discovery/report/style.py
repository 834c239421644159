"""One look for all figures: colours that colour-blind readers can tell apart (Okabe and Ito), and legible sizes.

Figures are drawn at the size at which they are printed, one column (3.5 in) or two (7 in) wide: a size in points is a
size on paper. No text is set as maths: its superscripts would be smaller than the smallest text allowed.
"""

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any, ParamSpec, TypeVar

COLUMN, PAGE = 3.5, 7.0
"""Widths of figures in inches."""
SMALLEST = 6.5
"""The smallest text, in points."""
COLOURS = ("#000000", "#E69F00", "#CC79A7", "#56B4E9", "#0072B2", "#D55E00", "#009E73")
P = ParamSpec("P")
R = TypeVar("R")
Line = str | tuple[int, tuple[float, ...]]
LINES: tuple[Line, ...] = (
    "-",
    (0, (4, 1.5)),
    (0, (1, 1.2)),
    (0, (6, 1.5, 1, 1.5)),
    (0, (3, 1, 1, 1, 1, 1)),
)
MARKERS = ("D", "v", "P", "<", ">", "p", "h", "*")  # no cross: it marks where a run diverged
LONGEST_LABEL = 24
MINUS = "\N{MINUS SIGN}"
RC = {
    "font.family": "DejaVu Sans",  # comes with matplotlib: the same figure everywhere
    "font.size": 8,
    "axes.titlesize": 8,
    "axes.labelsize": 8,
    "figure.titlesize": 8,
    "xtick.labelsize": 7,
    "ytick.labelsize": 7,
    "legend.fontsize": 7,
    "axes.linewidth": 0.6,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.major.size": 2.5,
    "ytick.major.size": 2.5,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.alpha": 0.25,
    "grid.linewidth": 0.5,
    "lines.linewidth": 1.2,
    "lines.markersize": 3.5,
    "legend.frameon": False,
    "legend.handlelength": 2.6,
    "pdf.fonttype": 42,  # TrueType: journals refuse matplotlib's default, type 3
}


@dataclass(frozen=True)
class Look:
    """How a drift is drawn in every figure of a run.

    Attributes:
        label: its name in a legend.
        colour, line, marker: as matplotlib takes them; no two drifts of a run share colour and line and marker.
    """

    label: str
    colour: str
    line: Line = "-"
    marker: str = "o"


FIXED = {
    "none": Look("none", "#7a7a7a", LINES[2], "s"),
    "ppo": Look("ppo", "#0072B2", LINES[0], "o"),
    "dpo": Look("dpo", "#009E73", LINES[1], "^"),
    "network": Look("network", "#D55E00", LINES[3], "d"),
}
"""The references look the same in all runs."""


def looks(names: Sequence[str], front: Sequence[str] = ()) -> dict[str, Look]:
    """A look for each drift: colours, lines and markers go round at different paces, so that neighbours differ in all.

    Args:
        names: of the drifts, in the order of the run.
        front: the formulas of the run's front, by which those among the names are numbered.
    """
    taken = {(look.colour, look.line) for look in FIXED.values()}
    free = (found for k in range(10_000) if (found := _nth(k))[:2] not in taken)
    labels = _labels([name for name in names if name not in FIXED], front)
    return {name: FIXED[name] if name in FIXED else Look(labels[name], *next(free)) for name in names}


def _nth(k: int) -> tuple[str, Line, str]:
    """The k-th combination; the first 35 differ in colour or line, the first 280 in colour, line or marker."""
    colours, lines = len(COLOURS), len(LINES)
    return COLOURS[k % colours], LINES[(k + k // colours) % lines], MARKERS[k % len(MARKERS)]


def _labels(names: Sequence[str], front: Sequence[str]) -> dict[str, str]:
    places = {name: place for place, name in enumerate(front, start=1)}
    found: dict[str, str] = {}
    others = len(front)
    for name in names:
        if name in places:
            label = f"formula {places[name]}"
        elif len(name) <= LONGEST_LABEL:
            label = name
        elif "(" in name or "*" in name:
            others += 1
            label = f"formula {others}"
        else:  # a run directory: what tells it apart comes last
            label = "…" + PurePath(name).name[-LONGEST_LABEL + 1 :]
        found[name] = label if label not in found.values() else f"{label[: LONGEST_LABEL - 4]} ({len(found) + 1})"
    return found


def styled(draw: Callable[P, R]) -> Callable[P, R]:
    """A drawing function under this look; nothing global is changed, and matplotlib is imported only when it draws."""

    @functools.wraps(draw)
    def drawing(*args: P.args, **kwargs: P.kwargs) -> R:
        import matplotlib

        with matplotlib.rc_context(RC):  # type: ignore[arg-type]
            return draw(*args, **kwargs)

    return drawing


@styled
def save(figure: Any, form: str, *, dpi: int = 160) -> bytes:
    """A figure as "png" or "pdf": the same bytes for the same figure, whenever it is saved.

    It is laid out once, when it is first saved: that takes longer than all the drawing, and both forms then agree.
    """
    import io

    if (engine := figure.get_layout_engine()) is not None:
        engine.execute(figure)
        figure.set_layout_engine("none")
    buffer = io.BytesIO()
    metadata = {"CreationDate": None} if form == "pdf" else None
    figure.savefig(buffer, format=form, dpi=dpi, metadata=metadata)
    return buffer.getvalue()


def shortened(text: str, length: int = 60) -> str:
    """A text cut to fit."""
    return text if len(text) <= length else text[: length - 1] + "…"


def steps_text(value: float) -> str:
    """A number of environment steps: 15k, 2.5M."""
    for size, unit in ((1e9, "B"), (1e6, "M"), (1e3, "k")):
        if abs(value) >= size:
            return f"{value / size:g}{unit}"
    return f"{value:g}"


def number_text(value: float) -> str:
    """A number without superscripts, and with a minus as long as a plus: 0.3, −2, 1e-3."""
    return numbers_text([value])[0]


def numbers_text(values: Sequence[float]) -> list[str]:
    """Numbers of one axis, all with exponents if one needs it."""
    if all(value == 0 or 0.01 <= abs(value) < 100_000 for value in values):
        return [f"{value:g}".replace("-", MINUS) for value in values]
    return [_with_exponent(value) for value in values]


def _with_exponent(value: float) -> str:
    mantissa, exponent = f"{value:e}".split("e")
    return f"{float(mantissa):g}e{int(exponent)}".replace("-", MINUS, int(value < 0))
