"""The notation of grammar files (grammars/README.md explains it), read into statements; names are not resolved here."""

import re
from dataclasses import dataclass
from functools import cache

from lark import Lark, Token, Transformer, UnexpectedCharacters, UnexpectedInput

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
# What may stand somewhere in a file; and ends of a text that something has to follow.
_PLAIN = re.compile(r"[A-Za-z0-9\s=|@:\"#.,+*/()<>-]")
_TYPE_ALONE = re.compile(r'^[ \t]*([A-Za-z]\w*)[ \t]*:(?:[^\n"]*,[ \t]*\n)*[^\n"]*(?:"[^"\n]*")?\Z', re.MULTILINE)
_NAME_ALONE = re.compile(r"^[ \t]*[A-Za-z]\w*\Z", re.MULTILINE)
_EXTEND_ALONE = re.compile(r"^[ \t]*extend\s+([A-Za-z]\w*)\Z", re.MULTILINE)
_UNFINISHED = re.compile(r"[=|][^@|\"\n#]*@?\Z")
_FORMS = {
    "start": "start NAME",
    "constant": "constant NAME in LOW .. HIGH, both of them decimals",
    "include": 'include NAME or include "PATH"',
    "extend": "extend NAME, then = FORMULA @ COST",
}


@dataclass(frozen=True)
class RawProduction:
    """A production as it is written."""

    text: str
    cost: int
    line: int
    column: int
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
    """What is wrong where reading stopped, with file and line."""
    if isinstance(error, UnexpectedCharacters) and not _PLAIN.match(error.char):
        hint = " (a name has letters and digits alone)" if error.char == "_" else ""
        return f"{source}, line {error.line}: column {error.column}: character {error.char!r} is not allowed{hint}"
    token = getattr(error, "token", None)
    ended = token is not None and token.type == "$END"
    place = len(text) if ended or error.pos_in_stream is None else error.pos_in_stream
    before, rest = _without_comments(text[:place]), text[place:].partition("\n")[0]
    done = before.rstrip()
    bare = _TYPE_ALONE.search(done) or _EXTEND_ALONE.search(done)
    if bare and not rest.startswith('"'):
        line = done.count("\n", 0, bare.start(1)) + 1
        what = "type" if bare.re is _TYPE_ALONE else "extend"
        return f"{source}, line {line}: {what} {bare[1]} has no production: write `= FORMULA @ COST` on the next line"
    line = (done if ended or _UNFINISHED.search(done) else before).count("\n") + 1
    shown = text.split("\n")[line - 1].strip()[:60]
    return f"{source}, line {line}: cannot read {shown!r} ({_hint(shown, before, rest)})"


def _hint(shown: str, before: str, rest: str) -> str:
    """What should stand in a line; reading stopped between `before` and `rest`."""
    done, word = before.rstrip(), re.match(r"\w*", shown)
    if done.endswith("@") or (re.search(r"@[^@|=\n]*\Z", before) and re.match(r"\s*[^|#=\s]", rest)):
        return "a cost is a whole number >= 0"
    if rest.startswith('"') and _TYPE_ALONE.search(done):
        return "a sentence follows a contract, between two quotes on one line"
    if done.endswith(("=", "|")):
        return "a production is = FORMULA @ COST on one line"
    if _UNFINISHED.search(done):
        return "a production ends with its cost: @ 1"
    if word and word[0] in _FORMS:
        return _FORMS[word[0]]
    if re.match(r'[A-Za-z]\w*\s*("|=|$)', shown) or (rest[:1] == "=" and _NAME_ALONE.search(done)):
        return "a type needs its contract: NAME : drift"
    if shown.startswith("="):
        return "productions follow NAME : CONTRACT or extend NAME; those after the first start with |"
    return "a line starts with start, constant, include, extend or NAME : CONTRACT"


def _without_comments(text: str) -> str:
    return re.sub(r'("[^"\n]*")|#[^\n]*', lambda found: found[1] or "", text)


def _in_file(message: str, promise: Token, name: Token) -> str:
    """What is wrong with a contract, with its line, and with its column in that line if the message has one."""
    column = re.search(r"(?<=: column )\d+(?=: )", message)
    if column is None:
        return f"line {name.line}: {message}"
    before = str(promise)[: int(column[0]) + 1]  # the colon counts
    newlines, tail = before.count("\n"), before.rpartition("\n")[2]
    shift = 0 if newlines else (promise.column or 1) - 1
    line = (promise.line or 1) + newlines
    return f"line {line}: {message[: column.start()]}{len(tail) + shift}{message[column.end() :]}"


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
        return RawProduction(str(formula), int(cost), formula.line or 1, formula.column or 1, self._source)

    def nonterminal(self, children: list) -> TypeBlock:
        name, promise, *rest = children
        sentence = str(rest.pop(0))[1:-1] if isinstance(rest[0], Token) else ""
        try:
            contract = read_contract(str(promise)[1:])
        except ValueError as error:
            raise GrammarError(f"{self._source}, {_in_file(str(error), promise, name)}") from None
        return TypeBlock(self._new(name), contract, sentence, tuple(rest), self._place(name))

    def extension(self, children: list) -> Extension:
        name, *productions = children
        return Extension(str(name), tuple(productions), self._place(name))
