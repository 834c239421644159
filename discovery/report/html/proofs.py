"""The argument of a certificate as nested numbered steps with rendered formulas."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from discovery.report.explain import conditions
from discovery.report.explain import latex as as_latex
from discovery.report.explain import text as as_text
from discovery.report.explain.outline import Line, Math
from discovery.report.html.maths import mathml

_NARROW = 34  # characters of a formula that fit into a line of a telephone
_VARIABLE = re.compile(r"(?<![\w'-])([fhrA])(?![\w'-])")
_CLOSING = re.compile(r"^[.,;:)]+")


def proof(certificate: Mapping[str, Any]) -> Markup | None:
    """The whole argument; None where the certificate cannot be explained."""
    try:
        argument = conditions.argument(certificate)
    except (KeyError, TypeError, IndexError, AttributeError, ValueError):
        return None
    head = "Proposition." if argument.proved else "Refutation."
    end = Markup('<p class="qed">This completes the proof. <span aria-hidden="true">∎</span></p>')
    return Markup('<div class="proof"><p><strong>{}</strong> {}</p>{}{}</div>').format(
        head, _sentence(argument.claim), _steps(argument.lines), end if argument.proved else ""
    )


def _steps(lines: Sequence[Line]) -> Markup:
    if not lines:
        return Markup("")
    items = Markup("").join(
        Markup("<li><div>{}</div>{}</li>").format(_sentence(line.parts), _steps(line.below)) for line in lines
    )
    return Markup("<ol>{}</ol>").format(items)


def _sentence(parts: Sequence[str | Math]) -> Markup:
    found, closing = Markup(""), ""
    for index, part in enumerate(parts):
        if isinstance(part, str):
            found += _prose(part[len(closing) :])
            closing = ""
            continue
        following = parts[index + 1] if index + 1 < len(parts) else ""
        match = _CLOSING.match(following) if isinstance(following, str) else None
        closing = match[0] if match else ""
        found += _formula(part, closing)
    return found


def _formula(part: Math, closing: str) -> Markup:
    """A formula with the punctuation behind it; a long one in a box of its own, which scrolls."""
    drawn = mathml(as_latex.formula(part))
    if len(as_text.formula(part)) <= _NARROW:
        return Markup('<span class="nowrap">{}{}</span>').format(drawn, closing)
    return Markup('<span class="wide" tabindex="0" role="group" aria-label="formula">{}{}</span>').format(
        drawn, closing
    )


def _prose(text: str) -> Markup:
    """Words, in which f, r, h and A are mathematics."""
    pieces = _VARIABLE.split(text)
    return Markup("").join(
        Markup("<var>{}</var>").format(piece) if index % 2 else piece for index, piece in enumerate(pieces)
    )
