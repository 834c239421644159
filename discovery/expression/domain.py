"""Where an expression is defined and positive, by its shape alone: sufficient conditions for rewriting."""

from discovery.expression.node import RATIO, Apply, Expr, Number, Symbol


def is_total(expr: Expr) -> bool:
    """True only if `expr` is a real number for every r > 0 and every real A (a sufficient condition)."""
    match expr:
        case Number() | Symbol():
            return True
        case Apply("pow", (base, Number(value))):
            return is_total(base) and ((value.denominator == 1 and value >= 0) or is_positive(base))
        case Apply("pow", (base, exponent)):
            return is_positive(base) and is_total(base) and is_total(exponent)
        case Apply("log", (argument,)):
            return is_positive(argument) and is_total(argument)
        case Apply(_, args):
            return all(is_total(arg) for arg in args)


def is_positive(expr: Expr) -> bool:
    """True only if `expr` > 0 wherever it is defined (a sufficient condition, by the shape alone)."""
    match expr:
        case Number(value):
            return value > 0
        case Symbol(name):
            return name == RATIO.name
        case Apply("exp" | "cosh" | "sech" | "sigmoid" | "softplus", _):
            return True
        case Apply("mul" | "add", args):
            return all(is_positive(arg) for arg in args)
        case Apply("pow", (base, _)):
            return is_positive(base)
        case _:
            return False
