"""Generators of a field, and what the signs of coefficients tell of a polynomial in them."""

from typing import NamedTuple

from flint import arb, ctx, fmpq

from discovery.proof.checker.expression import Rejected
from discovery.proof.checker.quotient import GENS, SIZE, Poly, Quotient


class Generator(NamedTuple):
    kind: str  # variable, exp, log, root, atan, asinh, constant or opaque
    argument: Quotient | None = None
    order: int = 1  # m of a root
    value: arb | None = None  # of a constant
    signed: bool = False
    exponent: fmpq | None = None  # v of a constant exp(v)


class Generators:
    """Generators in the order in which they are met, each over earlier ones."""

    def clear(self) -> None:
        """Starts without generators."""
        self.generators: list[Generator] = []
        self.index: dict[str, int] = {}

    def generator(self, key: str, made: Generator) -> Poly:
        if key not in self.index:
            if len(self.generators) == SIZE:
                raise Rejected("a normal form has too many generators")
            self.index[key] = len(self.generators)
            self.generators.append(made)
        return GENS[self.index[key]]

    def _signs(self, p: Poly) -> list[int]:
        """For each monomial in generators that are not constants: the sign of its coefficient, 0 if not certain."""
        if len(p) == 0:
            return []
        used = [i for i, n in enumerate(p.degrees()) if n]
        constants = [i for i in used if self.generators[i].kind == "constant"]
        signed = [i for i in used if self.generators[i].signed]
        sums: dict[tuple[int, ...], arb] = {}
        with ctx.workprec(256):
            for exponents, c in p.to_dict().items():
                term, key = arb(fmpq(c)), list(exponents)
                for i in constants:
                    value = self.generators[i].value
                    term, key[i] = term * (value ** key[i] if value is not None else arb(0)), 0
                if any(key[i] % 2 for i in signed):
                    return [0]
                sums[tuple(key)] = sums.get(tuple(key), arb(0)) + term
            return [1 if total > 0 else -1 if total < 0 else 0 for total in sums.values()]

    def nonnegative(self, p: Poly) -> bool:
        """Whether no coefficient may be negative."""
        return all(sign == 1 for sign in self._signs(p))

    def positive(self, p: Poly) -> bool:
        """Whether p > 0 for positive variables: as `nonnegative`, and a term that cannot vanish."""
        return p != 0 and self.nonnegative(p) and self._apart(p)

    def _apart(self, p: Poly) -> bool:
        """Whether some term has only generators that are positive, not merely >= 0 (as |x|) or signed."""
        vanishing = {i for i, made in enumerate(self.generators) if made.signed or made.kind == "opaque"}
        return any(not any(n and i in vanishing for i, n in enumerate(exponents)) for exponents in p.monoms())
