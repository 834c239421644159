"""The question "is f < 0 somewhere in the domain?" as an SMT-LIB script: unsat means f >= 0 wherever it is defined.

Roots and logarithms become fresh variables with their defining equation (y >= 0 and y**q = x**p; exp(y) = x), a
division asks for a non-zero divisor. exp and arctan are cvc5's own symbols; z3 has neither.
"""

from collections.abc import Mapping
from fractions import Fraction

from discovery.expression.node import Apply, Expr, Number, Symbol

MAX_POWER = 40
Domain = Mapping[str, tuple[Fraction | None, Fraction | None]]


class UnsupportedError(ValueError):
    """The solver's language has no such operator."""


def script(expr: Expr, domain: Domain, *, transcendental: bool) -> str:
    """The SMT-LIB commands up to, and without, (check-sat).

    Args:
        expr: f.
        domain: open intervals (lower, upper) for its symbols, None for infinity.
        transcendental: whether exp and arctan may occur.

    Raises:
        UnsupportedError: f has exp, log, tanh, ... and `transcendental` is False, or a power that is too high.
    """
    writer = _Writer(transcendental)
    for name, (lower, upper) in domain.items():
        writer.lines.append(f"(declare-const {name} Real)")
        writer.lines += [f"(assert (> {name} {_rational(lower)}))"] if lower is not None else []
        writer.lines += [f"(assert (< {name} {_rational(upper)}))"] if upper is not None else []
    root = writer.write(expr)
    logic = "QF_NRAT" if writer.used else "QF_NRA"
    return "\n".join([f"(set-logic {logic})", *writer.lines, f"(assert (< {root} 0.0))"])


class _Writer:
    """Writes each subexpression once, as a defined constant."""

    def __init__(self, transcendental: bool) -> None:
        self.transcendental = transcendental  # whether exp and arctan are allowed
        self.used = False  # whether they occur
        self.lines: list[str] = []
        self.known: dict[Expr, str] = {}

    def write(self, expr: Expr) -> str:
        if isinstance(expr, Number):
            return _rational(expr.value)
        if isinstance(expr, Symbol):
            return expr.name
        if expr not in self.known:
            text = self._apply(expr)
            self.known[expr] = self._name("Real", text)
        return self.known[expr]

    def _name(self, sort: str, text: str) -> str:
        name = f"t{len(self.lines)}"
        self.lines.append(f"(define-fun {name} () {sort} {text})")
        return name

    def _fresh(self, *constraints: str) -> str:
        """A new variable y with the given constraints, in which y is written {y}."""
        name = f"y{len(self.lines)}"
        self.lines.append(f"(declare-const {name} Real)")
        self.lines += [f"(assert {constraint.format(y=name)})" for constraint in constraints]
        return name

    def _exp(self, x: str) -> str:
        if not self.transcendental:
            raise UnsupportedError("exp")
        self.used = True
        return self._name("Real", f"(exp {x})")

    def _log(self, x: str) -> str:
        if not self.transcendental:
            raise UnsupportedError("log")
        self.used = True
        return self._fresh(f"(= (exp {{y}}) {x})")

    def _power(self, x: str, exponent: Fraction) -> str:
        p, q = exponent.numerator, exponent.denominator
        if max(abs(p), q) > MAX_POWER:
            raise UnsupportedError("a power that is too high")
        powered = "1.0" if p == 0 else x if abs(p) == 1 else "(* " + " ".join([x] * abs(p)) + ")"
        if p < 0:
            self.lines.append(f"(assert (not (= {x} 0.0)))")
            powered = f"(/ 1.0 {powered})"
        if q == 1:
            return powered
        return self._fresh("(>= {y} 0.0)", f"(>= {x} 0.0)", f"(= (* {' '.join(['{y}'] * q)}) {powered})")

    def _apply(self, expr: Apply) -> str:
        if expr.op == "where":
            condition, x, y = expr.args
            assert isinstance(condition, Apply)
            left, right = map(self.write, condition.args)
            relation = "<=" if condition.op == "le" else "<"
            return f"(ite ({relation} {left} {right}) {self.write(x)} {self.write(y)})"
        if expr.op == "pow" and isinstance(expr.args[1], Number):
            return self._power(self.write(expr.args[0]), expr.args[1].value)
        args = [self.write(arg) for arg in expr.args]
        x = args[0]
        match expr.op:
            case "add" | "mul":
                return f"({'+' if expr.op == 'add' else '*'} {' '.join(args)})"
            case "pow":
                return self._exp(f"(* {args[1]} {self._log(x)})")
            case "abs":
                return f"(ite (>= {x} 0.0) {x} (- {x}))"
            case "relu":
                return f"(ite (>= {x} 0.0) {x} 0.0)"
            case "sign":
                return f"(ite (> {x} 0.0) 1.0 (ite (< {x} 0.0) (- 1.0) 0.0))"
            case "max" | "min":
                return _extremum(expr.op, args)
            case "clip":
                inner = self._name("Real", _extremum("max", args[:2]))
                return _extremum("min", [inner, args[2]])
            case "exp":
                return self._exp(x)
            case "log":
                return self._log(x)
            case "tanh":
                e = self._exp(f"(* 2.0 {x})")
                return f"(- 1.0 (/ 2.0 (+ {e} 1.0)))"
            case "sigmoid":
                return f"(/ 1.0 (+ 1.0 {self._exp(f'(- {x})')}))"
            case "softplus":
                return self._log(f"(+ 1.0 {self._exp(x)})")
            case "sinh" | "cosh" | "sech":
                sign = "-" if expr.op == "sinh" else "+"
                half = self._name("Real", f"(/ ({sign} {self._exp(x)} {self._exp(f'(- {x})')}) 2.0)")
                return f"(/ 1.0 {half})" if expr.op == "sech" else half
            case "atan" if self.transcendental:
                self.used = True
                return f"(arctan {x})"
            case "asinh":
                root = self._fresh("(>= {y} 0.0)", f"(= (* {{y}} {{y}}) (+ 1.0 (* {x} {x})))")
                return self._log(f"(+ {x} {root})")
        raise UnsupportedError(expr.op)


def _extremum(op: str, args: list[str]) -> str:
    relation, best = (">=" if op == "max" else "<="), args[0]
    for arg in args[1:]:
        best = f"(ite ({relation} {best} {arg}) {best} {arg})"
    return best


def _rational(value: Fraction) -> str:
    size = f"(/ {abs(value.numerator)}.0 {value.denominator}.0)"
    return f"(- {size})" if value < 0 else size
