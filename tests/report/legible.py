"""Whether a figure can be read: what is drawn, where, and how large."""

from itertools import combinations

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text

from discovery.report.style import SMALLEST

SLACK = 0.75  # points by which boxes may overlap: they hold a little more than the ink


def drawn_texts(figure):
    """The texts that a figure shows, each with its box in points; ticks beyond an axis's limits are not drawn."""
    seen, draw = [], Text.draw

    def keep(self, renderer, *args, **kwargs):
        if self.get_visible() and self.get_text().strip():
            seen.append(self)
        return draw(self, renderer, *args, **kwargs)

    canvas = FigureCanvasAgg(figure)
    if (engine := figure.get_layout_engine()) is not None:
        engine.execute(figure)
        figure.set_layout_engine("none")
    Text.draw = keep
    try:
        canvas.draw()
    finally:
        Text.draw = draw
    scale = 72 / figure.dpi
    unique = list({id(text): text for text in seen}.values())
    return [(text, text.get_window_extent(canvas.get_renderer()).transformed(_scaled(scale))) for text in unique]


def _scaled(factor):
    from matplotlib.transforms import Affine2D

    return Affine2D().scale(factor)


def faults(figure):
    """What keeps a figure from being read, in words; an empty list if nothing does."""
    texts = drawn_texts(figure)
    width, height = (72 * inches for inches in figure.get_size_inches())
    found = []
    for text, box in texts:
        if text.get_fontsize() < SMALLEST:
            found.append(f"{text.get_text()!r} is {text.get_fontsize():g} pt")
        if box.x0 < -SLACK or box.y0 < -SLACK or box.x1 > width + SLACK or box.y1 > height + SLACK:
            found.append(f"{text.get_text()!r} is cut off")
        if "$" in text.get_text():
            found.append(f"{text.get_text()!r} is maths: its superscripts are too small")
    for (one, a), (other, b) in combinations(texts, 2):
        if min(a.x1, b.x1) - max(a.x0, b.x0) > SLACK and min(a.y1, b.y1) - max(a.y0, b.y0) > SLACK:
            found.append(f"{one.get_text()!r} lies on {other.get_text()!r}")
    return found


def legend_labels(figure):
    """The labels of a figure's legends, of its panels and its own."""
    legends = [*figure.legends, *filter(None, (axis.get_legend() for axis in figure.axes))]
    return [text.get_text() for legend in legends for text in legend.get_texts()]
