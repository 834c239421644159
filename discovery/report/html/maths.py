"""Formulas as MathML, which browsers draw by themselves."""

from functools import lru_cache
from html import unescape
from xml.etree.ElementTree import tostring

from markupsafe import Markup

from discovery.expression.node import PROGRESS, symbols
from discovery.expression.printer import symbol_latex, to_latex
from discovery.report.explain.reading import read

_TALL = {"mfrac", "msqrt", "mroot", "mtable", "msup", "msub"}


def latex_of(text: str) -> str | None:
    """LaTeX of a formula of the language; None if it cannot be read."""
    expr = read(text)
    return None if expr is None else to_latex(expr)


def definition(text: str) -> Markup:
    """f(r, A) = the formula, as MathML; one that cannot be read stays as it is, in <code>."""
    expr = read(text)
    if expr is None:
        return Markup("<code>{}</code>").format(text)
    moment = rf", {symbol_latex(PROGRESS.name)}" if PROGRESS.name in symbols(expr) else ""
    return mathml(f"f(r, A{moment}) = {to_latex(expr)}", display=True)


@lru_cache(maxsize=4096)
def mathml(latex: str, *, display: bool = False) -> Markup:
    """LaTeX as a <math> element.

    latex2mathml's own printing resolves entities at the end and so lets markup in a \\text through; here its tree is
    printed, every text in it escaped.
    """
    from latex2mathml.converter import convert_to_element

    tree = convert_to_element(latex, display="block" if display else "inline")
    for node in tree.iter():
        node.text, node.tail = unescape(node.text or "") or None, unescape(node.tail or "") or None
        if node.tag == "mo" and node.text and len(node.text) > 1 and node.text.isalpha():
            node.tag, node.attrib = "mi", {}  # ReLU is a name: no operator's space around it
        if node.tag == "mtable" and display:
            node.set("displaystyle", "true")
        if node.tag == "mrow" and not any(inner.tag in _TALL for inner in node.iter()):
            for fence in node.findall("mo[@fence]"):
                fence.set("stretchy", "false")  # a stretched bracket has space around it even where it is not tall
    return Markup(tostring(tree, encoding="unicode"))
