"""Values at 0 and derivatives in one variable of what a field contains."""

from flint import fmpq

from discovery.proof.checker.expression import Rejected
from discovery.proof.checker.field import Field
from discovery.proof.checker.quotient import GENS, Poly, Quotient, inverse, plus, rational, scaled, times


class Calculus(Field):
    """A field of shift 1: exp(w) - 1 and q**(1/m) - 1 are 0 where w and q - 1 are."""

    def clear(self) -> None:
        super().clear()
        self.slopes: dict[tuple[int, int], Quotient] = {}

    def at_zero(self, p: Poly, variable: int) -> Poly:
        """p where the variable is 0: the generators that depend on it have to vanish there."""
        gone = {f"g{i}": 0 for i, n in enumerate(p.degrees()) if n and self._vanishes(i, variable)}
        return p.subs(gone) if gone else p

    def _vanishes(self, index: int, variable: int) -> bool:
        made = self.generators[index]
        if made.kind == "opaque":
            raise Rejected("an opaque generator has no known value at 0")
        if made.argument is None or made.kind == "constant":
            return index == variable
        above, below = (self.at_zero(part, variable) for part in made.argument)
        if above == made.argument.num and below == made.argument.den:
            return False
        if below == 0 or above != (below if made.kind in ("log", "root") else 0):
            raise Rejected("a generator has no known value where the variable is 0")
        return True

    def derivative(self, q: Quotient, variable: int) -> Quotient:
        above, below = (self._slope(part, variable) for part in q)
        top = plus(times(above, Quotient(q.den)), scaled(times(below, Quotient(q.num)), -1))
        return times(top, inverse(Quotient(q.den**2)))

    def _slope(self, p: Poly, variable: int) -> Quotient:
        found = rational(0)
        for i, n in enumerate(p.degrees()):
            if n:
                if (i, variable) not in self.slopes:
                    self.slopes[i, variable] = self._generator_slope(i, variable)
                found = plus(found, times(Quotient(p.derivative(i)), self.slopes[i, variable]))
        return found

    def _generator_slope(self, index: int, variable: int) -> Quotient:
        made, g = self.generators[index], GENS[index]
        if made.kind in ("opaque", "constant", "variable") or made.argument is None:
            if made.kind == "opaque":
                raise Rejected("an opaque generator has no derivative")
            return rational(int(index == variable))
        w, slope = made.argument, self.derivative(made.argument, variable)
        match made.kind:
            case "exp":
                return times(slope, Quotient(g + 1))
            case "log":
                return times(slope, inverse(w))
            case "root":
                return times(times(slope, Quotient(g + 1)), inverse(scaled(w, made.order)))
        square = plus(rational(1), times(w, w))
        return times(slope, inverse(square if made.kind == "atan" else self.power(square, fmpq(1, 2))))
