"""One look for all figures: colours that colour-blind readers can tell apart (Okabe and Ito), and legible sizes."""

from typing import Any

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
FIXED = {"none": "#8a8a8a", "ppo": "#0072B2", "dpo": "#009E73", "network": "#D55E00"}
RC = {
    "font.size": 9,
    "axes.titlesize": 9,
    "axes.labelsize": 9,
    "legend.fontsize": 8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.alpha": 0.25,
    "figure.constrained_layout.use": True,
    "savefig.dpi": 160,
}


def colour_of(name: str, position: int) -> str:
    """A drift's colour: the same in every figure."""
    free = [colour for colour in COLOURS if colour not in FIXED.values()]
    return FIXED.get(name, free[position % len(free)])


def png(figure: Any) -> bytes:
    """A figure as PNG; the figure is closed."""
    import io

    import matplotlib.pyplot as plt

    buffer = io.BytesIO()
    figure.savefig(buffer, format="png")
    plt.close(figure)
    return buffer.getvalue()


def pyplot() -> Any:
    """matplotlib.pyplot, imported only when a figure is drawn, on the backend that needs no screen."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    for name, value in RC.items():
        matplotlib.rcParams[name] = value  # type: ignore[literal-required]
    return plt


def shortened(text: str, length: int = 60) -> str:
    """A formula cut to fit a legend."""
    return text if len(text) <= length else text[: length - 1] + "…"
