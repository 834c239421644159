"""Typed expression grammars, read from the files in grammars/ (grammars/README.md explains the notation)."""

import re
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from importlib import resources
from pathlib import Path

from lark import Lark, Token, Transformer, UnexpectedInput

from discovery.expression.node import ADVANTAGE, ZERO, Apply, Expr, Symbol, symbols
from discovery.expression.parser import ParseError, parse

_FILE = r"""
start: statement*
?statement: "start" NAME                                        -> start_symbol
    | "constant" NAME "in" NUMBER ".." NUMBER                   -> constant
    | NAME STRING "=" production ("|" production)*              -> nonterminal
production: FORMULA "@" COST
NAME: /(?!start\b|constant\b)[A-Za-z][A-Za-z0-9]*/
STRING: /"[^"\n]*"/
NUMBER: /\d+(\.\d+)?(?=\s|\.\.|$)/
COST: /\d+/
FORMULA: /(?<==)[^@|"\n]+|(?<=\|)[^@|"\n]+/
COMMENT: /#[^\n]*/
%ignore COMMENT
%ignore /[ \t\r\n]+/
"""
_SYMBOLS = ("r", "A")
_INSTANCE = re.compile(r"_\d+$")


class GrammarError(ValueError):
    """A grammar file cannot be read; the message names file and line."""


@dataclass(frozen=True)
class Constant:
    """A positive constant that is fitted to the data, searched log-uniformly in [low, high]."""

    name: str
    low: float
    high: float


@dataclass(frozen=True)
class Production:
    """One way to build a formula of a type.

    Attributes:
        formula: an expression whose symbols are r, A, instances of types and instances of constants.
        cost: what it adds to the cost of a derivation.
        line: where it stands in its file.
    """

    formula: Expr
    cost: int
    line: int


@dataclass(frozen=True)
class Nonterminal:
    """A type: its name, the promise that all its formulas keep, and its productions."""

    name: str
    promise: str
    productions: tuple[Production, ...]


@dataclass(frozen=True)
class Grammar:
    """A typed grammar; `start` names the type of whole formulas."""

    name: str
    start: str
    nonterminals: dict[str, Nonterminal]
    constants: dict[str, Constant]

    def slots(self, production: Production) -> list[str]:
        """The instances of types in a production, e.g. ["push", "push_2"], in a fixed order."""
        return sorted(name for name in symbols(production.formula) if type_of(name) in self.nonterminals)

    def free_constants(self, production: Production) -> list[str]:
        """The instances of constants in a production."""
        return sorted(name for name in symbols(production.formula) if type_of(name) in self.constants)

    def halves(self) -> tuple[str, str] | None:
        """The types X, Y if the start type has a production where(A >= 0, X, Y): such halves are fitted apart."""
        for production in self.nonterminals[self.start].productions:
            match production.formula:
                case Apply("where", (condition, Symbol(x), Symbol(y))) if condition == Apply("le", (ZERO, ADVANTAGE)):
                    return type_of(x), type_of(y)
        return None


def type_of(instance: str) -> str:
    """The type or constant that an instance belongs to: push_2 -> push."""
    return _INSTANCE.sub("", instance)


def shipped_grammars() -> list[str]:
    """The names of the grammars that come with the package."""
    return sorted(path.name.removesuffix(".grammar") for path in _folder().iterdir() if path.name.endswith(".grammar"))


def load_grammar(name: str) -> Grammar:
    """A shipped grammar by name, or a user's by path.

    Raises:
        GrammarError: there is no such grammar, or the file is wrong; the message names file and line.
    """
    if name in shipped_grammars():
        return read_grammar((_folder() / f"{name}.grammar").read_text(), name)
    path = Path(name)
    if not path.is_file():
        close = get_close_matches(name, shipped_grammars(), n=1)
        hint = f"; did you mean {close[0]}?" if close else ""
        raise GrammarError(
            f"unknown grammar {name!r}{hint} (shipped: {', '.join(shipped_grammars())}; or a file's path)"
        )
    return read_grammar(path.read_text(), name)


def _folder() -> Path:
    """grammars/ of the checkout, or its copy inside the wheel."""
    packaged = Path(str(resources.files("discovery"))) / "grammars"
    return packaged if packaged.is_dir() else packaged.parents[1] / "grammars"


def read_grammar(text: str, name: str = "grammar") -> Grammar:
    """The grammar that `text` describes.

    Raises:
        GrammarError: a syntax error, an undefined or unused name, a zero-cost cycle, or an empty language.
    """
    try:
        grammar = _Reader(name).transform(_lark().parse(text))
    except UnexpectedInput as error:
        raise GrammarError(f"{name}, line {error.line}: cannot read {_at(text, error)!r}") from None
    except Exception as error:
        cause = getattr(error, "orig_exc", error)
        raise cause from None
    return _checked(grammar)


def _at(text: str, error: UnexpectedInput) -> str:
    return text.splitlines()[error.line - 1].strip()[:60] if error.line > 0 else "the end of the file"


@cache
def _lark() -> Lark:
    return Lark(_FILE, parser="lalr")


class _Reader(Transformer):
    def __init__(self, name: str) -> None:
        super().__init__()
        self._name = name

    def start_symbol(self, children: list[Token]) -> tuple[str, str]:
        return "start", str(children[0])

    def constant(self, children: list[Token]) -> Constant:
        name, low, high = children
        if not 0 < float(low) < float(high):
            raise GrammarError(f"{self._name}, line {name.line}: constant {name} needs 0 < low < high")
        return Constant(str(name), float(low), float(high))

    def production(self, children: list[Token]) -> tuple[Token, int]:
        formula, cost = children
        return formula, int(cost)

    def nonterminal(self, children: list) -> tuple[Token, str, list[tuple[Token, int]]]:
        name, promise, *productions = children
        return name, str(promise)[1:-1], productions

    def start(self, statements: list) -> Grammar:
        constants = {item.name: item for item in statements if isinstance(item, Constant)}
        starts = [item[1] for item in statements if isinstance(item, tuple) and item[0] == "start"]
        types = [item for item in statements if isinstance(item, tuple) and item[0] != "start"]
        if len(starts) != 1:
            raise GrammarError(f"{self._name}: exactly one line `start TYPE` is needed, not {len(starts)}")
        known = {str(name) for name, _, _ in types} | set(constants)
        nonterminals = {}
        for name, promise, productions in types:
            read = tuple(self._read(formula, cost, known) for formula, cost in productions)
            nonterminals[str(name)] = Nonterminal(str(name), promise, read)
        return Grammar(self._name, starts[0], nonterminals, constants)

    def _read(self, formula: Token, cost: int, known: set[str]) -> Production:
        instances = {word for word in re.findall(r"[A-Za-z]\w*", formula) if type_of(word) in known}
        try:
            return Production(parse(str(formula), allowed=(*_SYMBOLS, *sorted(instances))), cost, formula.line or 0)
        except ParseError as error:
            raise GrammarError(f"{self._name}, line {formula.line}: {error}") from None


def _checked(grammar: Grammar) -> Grammar:
    if grammar.start not in grammar.nonterminals:
        raise GrammarError(f"{grammar.name}: the start type {grammar.start!r} is not defined")
    derivable: set[str] = set()
    while True:
        more = {
            name
            for name, nonterminal in grammar.nonterminals.items()
            if any(set(map(type_of, grammar.slots(p))) <= derivable for p in nonterminal.productions)
        }
        if more == derivable:
            break
        derivable = more
    if empty := set(grammar.nonterminals) - derivable:
        raise GrammarError(f"{grammar.name}: no formula can be derived from {', '.join(sorted(empty))}")
    return grammar
