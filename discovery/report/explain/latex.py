r"""An argument as LaTeX for a paper's appendix: a proposition and its proof, with amsmath and nothing else.

The steps are numbered by hand and indented by \leftskip, since lists of LaTeX end at four levels.
"""

import re
from collections.abc import Sequence
from fractions import Fraction

from discovery.expression.printer import symbol_latex, to_latex
from discovery.report.explain.outline import Argument, Line, Math, Polynomial, Sign, Terms
from discovery.report.explain.reading import read

MAX_TERMS = 8
MAX_CHARACTERS = 300
_DEEPEST = 8
_SPECIAL = str.maketrans({c: rf"\{c}" for c in "&%$#_{}"} | {"~": r"\textasciitilde{}", "^": r"\^{}", "\\": "/"})

_PREAMBLE = r"""% Needs \usepackage{amsmath} and, once in the preamble, \newtheorem{proposition}{Proposition}.
% The polynomials in full are in the certificate."""


def render(argument: Argument) -> str:
    """The argument as a fragment of LaTeX."""
    lines = [_PREAMBLE, r"\begin{proposition}", _sentence(argument.claim), r"\end{proposition}"]
    lines += [r"\begingroup\sloppy", rf"\noindent\textit{{{'Proof' if argument.proved else 'Counterexample'}.}}"]
    lines += _numbered(argument.lines, "", 0)
    if argument.proved:
        lines.append(r"\hfill\rule{1ex}{1ex}")
    lines.append(r"\par\endgroup")
    return "\n".join(lines)


def _numbered(lines: Sequence[Line], prefix: str, depth: int) -> list[str]:
    found = []
    for index, line in enumerate(lines, start=1):
        number = f"{prefix}{index}."
        found.append(rf"\par\leftskip={1.2 * min(depth, _DEEPEST):.1f}em\noindent {number}\ {_sentence(line.parts)}")
        found += _numbered(line.below, number, depth + 1)
    return found


def _sentence(parts: Sequence[str | Math]) -> str:
    return "".join(_prose(part) if isinstance(part, str) else f"${formula(part)}$" for part in parts)


def _prose(text: str) -> str:
    """Words, in which f, r and h are mathematics."""
    return re.sub(r"(?<![\w'-])([fhr])(?![\w'-])", r"$\1$", text.translate(_SPECIAL))


def formula(found: Math) -> str:
    """A formula in LaTeX, without the dollar signs."""
    return " ".join(map(_piece, found.pieces))


def _piece(piece: str | Polynomial | Sign) -> str:
    match piece:
        case Sign(_, latex):
            return latex
        case Polynomial(terms):
            return polynomial(terms)
    expr = read(piece)
    if expr is None or len(piece) > MAX_CHARACTERS:
        cut = piece if len(piece) <= MAX_CHARACTERS else f"{piece[:MAX_CHARACTERS]}... ({len(piece)} characters)"
        return rf"\text{{{cut.translate(_SPECIAL)}}}"
    return to_latex(expr)


def polynomial(terms: Terms) -> str:
    """The first terms of a polynomial, and the number of all if there are more."""
    text = ""
    for coefficient, powers in terms[:MAX_TERMS]:
        value = Fraction(coefficient)
        factors = [symbol_latex(name) + (f"^{{{power}}}" if power != 1 else "") for name, power in powers.items()]
        product = r" \, ".join(([_number(abs(value))] if abs(value) != 1 or not factors else []) + factors)
        sign = "-" if value < 0 else "+"
        text += f" {sign} {product}" if text else f"{'-' if value < 0 else ''}{product}"
    if len(terms) > MAX_TERMS:
        text += rf" + \cdots \text{{ ({len(terms)} terms)}}"
    return text or "0"


def _number(value: Fraction) -> str:
    return str(value) if value.denominator == 1 else rf"\tfrac{{{value.numerator}}}{{{value.denominator}}}"
