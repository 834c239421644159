"""Canonical text and LaTeX of an expression."""

from fractions import Fraction

from discovery.expression.node import HALF, ZERO, Apply, Expr, Number, Symbol
from discovery.expression.operators import OPERATORS

# binding strength, weakest first
_SUM, _PRODUCT, _UNARY, _POWER, _ATOM = range(5)
_LATEX_SYMBOLS = {"progress": r"\tfrac{n}{N}"}
_SHOWN_DIGITS = 12


def number_text(value: Fraction) -> str:
    """The exact value as a short decimal where there is one, else as a fraction: 3/5 -> "0.6", 1/3 -> "1/3"."""
    if value.denominator == 1:
        return str(value.numerator)
    decimals = _decimal_places(value.denominator)
    if decimals is None or decimals > _SHOWN_DIGITS:
        return f"{value.numerator}/{value.denominator}"
    digits = str(abs(value.numerator) * 10**decimals // value.denominator).rjust(decimals + 1, "0")
    return ("-" if value < 0 else "") + f"{digits[:-decimals]}.{digits[-decimals:]}"


def _decimal_places(denominator: int) -> int | None:
    places = 0
    while 10**places % denominator:
        places += 1
        if places > _SHOWN_DIGITS:
            return None
    return places


def to_text(expr: Expr) -> str:
    """Text in the language that `parse` reads; `parse(to_text(e)) == e` for every canonical e."""
    return _text(expr)[0]


def _text(expr: Expr) -> tuple[str, int]:
    match expr:
        case Number(value):
            text = number_text(value)
            return text, _PRODUCT if "/" in text else _UNARY if value < 0 else _ATOM
        case Symbol(name):
            return name, _ATOM
        case Apply("add", terms):
            return _join([_wrap(term, _PRODUCT) for term in terms]), _SUM
        case Apply("mul", _) | Apply("pow", (_, Number(Fraction(numerator=-1)))):
            return _product_text(expr)
        case Apply("pow", (base, Number(value))) if value == HALF:
            return f"sqrt({to_text(base)})", _ATOM
        case Apply("pow", (base, Number(value))) if value < 0:
            return _product_text(expr)
        case Apply("pow", (base, exponent)):
            return f"{_wrap(base, _ATOM)}**{_wrap(exponent, _ATOM)}", _POWER
        case Apply("le", (left, right)):
            if isinstance(left, Number):
                return f"{to_text(right)} >= {to_text(left)}", _SUM
            return f"{to_text(left)} <= {to_text(right)}", _SUM
        case Apply("lt", (left, right)):
            return f"{to_text(left)} < {to_text(right)}", _SUM
        case Apply(op, args):
            return f"{op}({', '.join(map(to_text, args))})", _ATOM
    raise TypeError(f"not an expression: {expr!r}")


def _wrap(expr: Expr, strength: int) -> str:
    text, own = _text(expr)
    return text if own >= strength else f"({text})"


def _join(pieces: list[str]) -> str:
    """A sum that starts with its first positive term: "1 - r" reads better than "-r + 1"."""
    first = next((index for index, piece in enumerate(pieces) if not piece.startswith("-")), 0)
    text = pieces.pop(first)
    for piece in pieces:
        text += f" - {piece[1:]}" if piece.startswith("-") else f" + {piece}"
    return text


def _product_text(expr: Expr) -> tuple[str, int]:
    coefficient, above, below = _fraction(expr)
    sign = "-" if coefficient < 0 else ""
    coefficient = abs(coefficient)
    direct, inverse = number_text(coefficient), number_text(1 / coefficient) if coefficient else "0"
    numerator, denominator = [_wrap(factor, _UNARY) for factor in above], [_wrap(factor, _ATOM) for factor in below]
    if coefficient != 1 or not numerator:
        # x/2 rather than 0.5*x, tanh(x/0.6) rather than tanh(5/3*x)
        if numerator and coefficient and "/" not in inverse and ("/" in direct or len(inverse) < len(direct)):
            denominator.insert(0, inverse)
        else:
            numerator.insert(0, f"({direct})" if "/" in direct else direct)
    text = sign + "*".join(numerator)
    for factor in denominator:
        text += f"/{factor}"
    return text, _PRODUCT if len(numerator) + len(denominator) > 1 else _UNARY


def _fraction(expr: Expr) -> tuple[Fraction, list[Expr], list[Expr]]:
    """expr = coefficient * (product of the first list) / (product of the second)."""
    coefficient, above, below = Fraction(1), list[Expr](), list[Expr]()
    for factor in expr.args if isinstance(expr, Apply) and expr.op == "mul" else (expr,):
        match factor:
            case Number(value):
                coefficient *= value
            case Apply("pow", (base, Number(value))) if value < 0:
                below.append(base if value == -1 else Apply("pow", (base, Number(-value))))
            case _:
                above.append(factor)
    return coefficient, above, below


def symbol_latex(name: str) -> str:
    """A symbol in LaTeX; digits at its end are an index: e2 -> e_{2}."""
    if name in _LATEX_SYMBOLS:
        return _LATEX_SYMBOLS[name]
    stem = name.rstrip("0123456789")
    index = name.removeprefix(stem)
    stem = stem.rstrip("_")
    shown = stem if len(stem) == 1 else rf"\mathrm{{{stem.replace('_', ' ')}}}"
    return f"{shown}_{{{index}}}" if index else shown


def to_latex(expr: Expr) -> str:
    """LaTeX source of the formula, for papers and reports."""
    return _latex(expr)[0]


def _latex(expr: Expr) -> tuple[str, int]:
    match expr:
        case Number(value):
            text = number_text(value)
            if "/" in text:
                sign = "-" if value < 0 else ""
                return rf"{sign}\tfrac{{{abs(value.numerator)}}}{{{value.denominator}}}", _UNARY
            return text, _UNARY if value < 0 else _ATOM
        case Symbol(name):
            return symbol_latex(name), _ATOM
        case Apply("add", terms):
            return _join([_wrap_latex(term, _PRODUCT) for term in terms]), _SUM
        case Apply("pow", (base, Number(value))) if value == HALF:
            return rf"\sqrt{{{to_latex(base)}}}", _ATOM
        case Apply("mul", _) | Apply("pow", (_, Number(Fraction(numerator=-1)))):
            return _product_latex(expr)
        case Apply("pow", (_, Number(value))) if value < 0:
            return _product_latex(expr)
        case Apply("pow", (base, exponent)):
            return f"{{{_wrap_latex(base, _ATOM)}}}^{{{to_latex(exponent)}}}", _POWER
        case Apply("le", (left, right)) if left == ZERO:
            return rf"{to_latex(right)} \ge 0", _SUM
        case Apply("min" | "max" as op, args):
            return rf"\{op}\left({', '.join(map(to_latex, args))}\right)", _ATOM
        case Apply(op, args):
            return OPERATORS[op].latex.format(*map(to_latex, args)), _ATOM
    raise TypeError(f"not an expression: {expr!r}")


def _wrap_latex(expr: Expr, strength: int) -> str:
    text, own = _latex(expr)
    return text if own >= strength else rf"\left({text}\right)"


def _product_latex(expr: Expr) -> tuple[str, int]:
    coefficient, above, below = _fraction(expr)
    sign, coefficient = "-" if coefficient < 0 else "", abs(coefficient)
    numerator = [_wrap_latex(factor, _UNARY) for factor in above]
    alone = len(below) == 1 and coefficient.numerator >= coefficient.denominator  # a fraction bar needs no brackets
    denominator = [to_latex(factor) if alone else _wrap_latex(factor, _PRODUCT) for factor in below]
    direct = number_text(coefficient)
    if "/" in direct and coefficient.numerator == 1:
        denominator.insert(0, str(coefficient.denominator))
    elif "/" in direct and "/" not in number_text(1 / coefficient):
        denominator.insert(0, number_text(1 / coefficient))
    elif coefficient != 1:
        numerator.insert(0, to_latex(Number(coefficient)))
    top = r" \, ".join(numerator) or "1"
    if not denominator:
        return sign + top, _PRODUCT
    return rf"{sign}\frac{{{top}}}{{{' '.join(denominator)}}}", _PRODUCT
