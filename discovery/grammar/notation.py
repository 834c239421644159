"""The notation of grammar files (grammars/README.md explains it), read into statements; names are not resolved here."""

import re
from dataclasses import dataclass
from functools import cache

from lark import Lark, Token, Transformer, UnexpectedInput

from discovery.expression.operators import FUNCTIONS
from discovery.grammar.contract import Contract, read_contract
from discovery.grammar.model import GrammarError

_FILE = r"""
start: statement*
?statement: "start" NAME                                             -> start_symbol
    | "constant" NAME "in" NUMBER ".." NUMBER                        -> constant
    | "include" (NAME | STRING)                                      -> include
    | NAME CONTRACT STRING? "=" production ("|" production)*         -> nonterminal
    | "extend" NAME "=" production ("|" production)*                 -> extension
production: FORMULA "@" COST
NAME: /(?!(start|constant|include|extend)\b)[A-Za-z][A-Za-z0-9]*/
CONTRACT: /:([^\n"#]*,[ \t]*\n)*[^\n"#]*/
STRING: /"[^"\n]*"/
NUMBER: /-?\d+(\.\d+)?(?=\s|\.\.|$)/
COST: /\d+/
FORMULA: /(?<==)[^@|"\n#]+|(?<=\|)[^@|"\n#]+/
COMMENT: /#[^\n]*/
%ignore COMMENT
%ignore /[ \t\r\n]+/
"""
_RESERVED = {"r", "A", "u", "progress", *FUNCTIONS}


@dataclass(frozen=True)
class RawProduction:
    """A production as it is written."""

    text: str
    cost: int
    line: int
    source: str

    @property
    def place(self) -> str:
        """File and line, for messages."""
        return f"{self.source}, line {self.line}"


@dataclass(frozen=True)
class Start:
    """start NAME"""

    name: str
    place: str


@dataclass(frozen=True)
class ConstantLine:
    """constant NAME in LOW .. HIGH"""

    name: str
    low: float
    high: float
    place: str


@dataclass(frozen=True)
class Include:
    """include NAME, or include "PATH"."""

    target: str
    is_path: bool
    place: str


@dataclass(frozen=True)
class TypeBlock:
    """NAME : CONTRACT, with its productions."""

    name: str
    contract: Contract
    sentence: str
    productions: tuple[RawProduction, ...]
    place: str


@dataclass(frozen=True)
class Extension:
    """extend NAME, with more productions."""

    name: str
    productions: tuple[RawProduction, ...]
    place: str


Statement = Start | ConstantLine | Include | TypeBlock | Extension


def read_statements(text: str, source: str) -> list[Statement]:
    """The statements of a file.

    Raises:
        GrammarError: a line cannot be read; the message names file and line.
    """
    try:
        return _Reader(source).transform(_lark().parse(text + "\n"))
    except UnexpectedInput as error:
        raise GrammarError(_syntax(text, source, error)) from None
    except Exception as error:
        cause = getattr(error, "orig_exc", error)
        raise cause from None


def _syntax(text: str, source: str, error: UnexpectedInput) -> str:
    lines = text.splitlines()
    if not 0 < error.line <= len(lines):
        return f"{source}, line {len(lines)}: the file ends too early"
    shown = lines[error.line - 1].strip()[:60]
    hint = ""
    if re.match(r'[A-Za-z]\w*\s*("|=)', shown):
        hint = " (a type needs its contract: NAME : drift)"
    elif shown.startswith(("=", "|")) and "@" not in shown:
        hint = " (a production ends with its cost: @ 1)"
    return f"{source}, line {error.line}: cannot read {shown!r}{hint}"


@cache
def _lark() -> Lark:
    return Lark(_FILE, parser="lalr")


class _Reader(Transformer):
    def __init__(self, source: str) -> None:
        super().__init__()
        self._source = source

    def _place(self, token: Token) -> str:
        return f"{self._source}, line {token.line}"

    def _new(self, name: Token) -> str:
        if str(name) in _RESERVED:
            raise GrammarError(f"{self._place(name)}: {name} has a meaning in formulas; choose another name")
        return str(name)

    def start(self, statements: list[Statement]) -> list[Statement]:
        return statements

    def start_symbol(self, children: list[Token]) -> Start:
        return Start(str(children[0]), self._place(children[0]))

    def constant(self, children: list[Token]) -> ConstantLine:
        name, low, high = children
        if not 0 < float(low) < float(high) or float(high) > 1e9 or float(low) < 1e-9:
            raise GrammarError(
                f"{self._place(name)}: constant {name} needs 0 < low < high (1e-9 to 1e9), not {low} .. {high}"
            )
        return ConstantLine(self._new(name), float(low), float(high), self._place(name))

    def include(self, children: list[Token]) -> Include:
        (target,) = children
        is_path = target.type == "STRING"
        return Include(str(target)[1:-1] if is_path else str(target), is_path, self._place(target))

    def production(self, children: list[Token]) -> RawProduction:
        formula, cost = children
        return RawProduction(str(formula), int(cost), formula.line or 0, self._source)

    def nonterminal(self, children: list) -> TypeBlock:
        name, promise, *rest = children
        sentence = str(rest.pop(0))[1:-1] if isinstance(rest[0], Token) else ""
        try:
            contract = read_contract(str(promise)[1:])
        except ValueError as error:
            raise GrammarError(f"{self._place(name)}: {error}") from None
        return TypeBlock(self._new(name), contract, sentence, tuple(rest), self._place(name))

    def extension(self, children: list) -> Extension:
        name, *productions = children
        return Extension(str(name), tuple(productions), self._place(name))
