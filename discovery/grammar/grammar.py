"""Grammars from files: includes, names, and a lemma for every rule. grammars/README.md explains the notation."""

import re
from collections.abc import Iterator
from dataclasses import replace
from difflib import get_close_matches
from graphlib import CycleError, TopologicalSorter
from importlib import resources
from pathlib import Path

from discovery.expression.node import DRIFT_SYMBOLS, symbols
from discovery.expression.parser import ParseError, parse
from discovery.grammar.lemmas import prove_all
from discovery.grammar.model import Constant, Grammar, GrammarError, Nonterminal, Production, slot_of, type_of
from discovery.grammar.notation import (
    ConstantLine,
    Extension,
    Include,
    RawProduction,
    Start,
    Statement,
    TypeBlock,
    read_statements,
)

__all__ = [
    "Constant",
    "Grammar",
    "GrammarError",
    "Nonterminal",
    "Production",
    "load_grammar",
    "read_grammar",
    "shipped_grammars",
    "type_of",
    "zero_cost_order",
]


def shipped_grammars() -> list[str]:
    """The names of the grammars that come with the package."""
    return sorted(path.name.removesuffix(".grammar") for path in _folder().iterdir() if path.name.endswith(".grammar"))


def load_grammar(name: str) -> Grammar:
    """A shipped grammar by name, or a user's by path; every rule of it is proved to keep its type.

    Raises:
        GrammarError: there is no such grammar, the file is wrong, or a rule is not proved; the message names file and
            line.
    """
    if name in shipped_grammars():
        path = _folder() / f"{name}.grammar"
        return _grammar(name, list(_statements(_text(path, name), name, path.parent, (path.resolve(),))))
    path = Path(name)
    if path.is_dir():
        raise GrammarError(f"{name} is a folder, not a grammar file")
    if not path.is_file():
        close = get_close_matches(name, shipped_grammars(), n=1)
        hint = f"; did you mean {close[0]}?" if close else ""
        raise GrammarError(
            f"unknown grammar {name!r}{hint} (shipped: {', '.join(shipped_grammars())}; or a file's path)"
        )
    return _grammar(name, list(_statements(_text(path, name), name, path.parent, (path.resolve(),))))


def read_grammar(text: str, name: str = "grammar") -> Grammar:
    """The grammar that `text` describes; files that it includes are sought from the current folder.

    Raises:
        GrammarError: as for `load_grammar`.
    """
    return _grammar(name, list(_statements(text, name, Path(), ())))


def _folder() -> Path:
    """grammars/ of the checkout, or its copy inside the wheel."""
    packaged = Path(str(resources.files("discovery"))) / "grammars"
    return packaged if packaged.is_dir() else packaged.parents[1] / "grammars"


def _text(path: Path, name: str) -> str:
    data = path.read_bytes()
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise GrammarError(f"{name}, line {line}: not UTF-8 text") from None


def _statements(text: str, name: str, folder: Path, chain: tuple[Path, ...]) -> Iterator[tuple[Statement, bool]]:
    """All statements, those of included files in their place; whether each stands in the file itself."""
    seen: set[Path] = set()

    def within(text: str, name: str, folder: Path, chain: tuple[Path, ...], own: bool) -> Iterator:
        for statement in read_statements(text, name):
            if not isinstance(statement, Include):
                yield statement, own
                continue
            path, shown = _included(statement, folder)
            if path.resolve() in chain:
                raise GrammarError(f"{statement.place}: {shown} includes itself")
            if path.resolve() not in seen:
                seen.add(path.resolve())
                yield from within(_text(path, shown), shown, path.parent, (*chain, path.resolve()), False)

    yield from within(text, name, folder, chain, True)


def _included(statement: Include, folder: Path) -> tuple[Path, str]:
    if not statement.is_path:
        if statement.target not in shipped_grammars():
            close = get_close_matches(statement.target, shipped_grammars(), n=1)
            hint = f"; did you mean {close[0]}?" if close else ""
            raise GrammarError(f"{statement.place}: no shipped grammar {statement.target!r}{hint}")
        return _folder() / f"{statement.target}.grammar", statement.target
    path = folder / statement.target
    if not path.is_file():
        raise GrammarError(f"{statement.place}: no such file: {path}")
    return path, str(path)


def _grammar(name: str, statements: list[tuple[Statement, bool]]) -> Grammar:
    """The grammar of some statements, checked and with its lemmas."""
    constants, blocks = _named(statements)
    own = [s for s, is_own in statements if isinstance(s, Start) and is_own]
    starts = own or [s for s, _ in statements if isinstance(s, Start)][-1:]
    if len(starts) != 1:
        raise GrammarError(
            f"{name}, line {starts[1].place.rpartition(' ')[2] if starts else 1}: exactly one line `start TYPE` "
            f"is needed, not {len(starts)}"
        )
    productions = {block.name: list(block.productions) for block in blocks.values()}
    for statement, _ in statements:
        if isinstance(statement, Extension):
            if statement.name not in blocks:
                raise GrammarError(f"{statement.place}: cannot extend {statement.name!r}, which is not defined")
            productions[statement.name] += statement.productions
    known = set(blocks) | set(constants)
    allowed = (*DRIFT_SYMBOLS, *sorted(_instances(productions, known)))
    nonterminals = {
        key: Nonterminal(key, block.contract, tuple(_read(p, allowed) for p in productions[key]), block.sentence)
        for key, block in blocks.items()
    }
    if starts[0].name not in nonterminals:
        raise GrammarError(f"{starts[0].place}: the start type {starts[0].name!r} is not defined")
    grammar = Grammar(name, starts[0].name, nonterminals, constants)
    if not nonterminals[grammar.start].promise.is_drift:
        raise GrammarError(f"{blocks[grammar.start].place}: the start type {grammar.start} must promise `drift`")
    _check_language(grammar, blocks)
    zero_cost_order(grammar)
    own_names = [s.name for s, is_own in statements if is_own and isinstance(s, ConstantLine | TypeBlock)]
    used = _used(grammar)
    return replace(prove_all(grammar), unused=tuple(name for name in own_names if name not in used))


def _used(grammar: Grammar) -> set[str]:
    """The types and constants that occur in derivations from the start type."""
    used, left = {grammar.start}, [grammar.start]
    while left:
        for production in grammar.nonterminals[left.pop()].productions:
            types = set(map(type_of, grammar.slots(production))) - used
            left += types
            used |= types | set(map(type_of, grammar.free_constants(production)))
    return used


def _named(statements: list[tuple[Statement, bool]]) -> tuple[dict[str, Constant], dict[str, TypeBlock]]:
    constants: dict[str, Constant] = {}
    blocks: dict[str, TypeBlock] = {}
    places: dict[str, str] = {}
    for statement, _ in statements:
        if isinstance(statement, ConstantLine | TypeBlock):
            if statement.name in places:
                already = places[statement.name]
                raise GrammarError(f"{statement.place}: {statement.name} is already defined ({already})")
            places[statement.name] = statement.place
        if isinstance(statement, ConstantLine):
            constants[statement.name] = Constant(statement.name, statement.low, statement.high)
        elif isinstance(statement, TypeBlock):
            blocks[statement.name] = statement
    return constants, blocks


def _instances(productions: dict[str, list[RawProduction]], known: set[str]) -> set[str]:
    words = {word for group in productions.values() for p in group for word in re.findall(r"[A-Za-z]\w*", p.text)}
    return {word for word in words if type_of(word) in known}


def _read(raw: RawProduction, allowed: tuple[str, ...]) -> Production:
    try:
        return Production(parse(raw.text, allowed=allowed), raw.cost, raw.line, raw.source, raw.text.strip())
    except ParseError as error:
        told = error.moved(raw.column - 1)
        message = re.sub(r" \(allowed: r, A.*?\)$", " (no type, constant or variable has that name)", told)
        raise GrammarError(f"{raw.place}: {message}") from None


def _check_language(grammar: Grammar, blocks: dict[str, TypeBlock]) -> None:
    """Every type derives something, and slots are used in the way that their contracts allow."""
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
    for name in grammar.nonterminals:
        if name not in derivable:
            raise GrammarError(f"{blocks[name].place}: no formula can be derived from {name}")
    for nonterminal in grammar.nonterminals.values():
        for production in nonterminal.productions:
            _check_derived(grammar, production)


def _check_derived(grammar: Grammar, production: Production) -> None:
    for name in sorted(symbols(production.formula)):
        if name == slot_of(name):
            continue
        if type_of(name) in grammar.constants:
            raise GrammarError(f"{production.place}: {name}: {slot_of(name)} is a constant, which does not depend on r")
        promise = grammar.nonterminals[type_of(name)].promise
        if name.endswith("_slope_at_1") and not (promise.smooth or promise.slope is not None or "r" in promise.free_of):
            raise GrammarError(f"{production.place}: {name} needs a type that promises smooth or a slope")


def zero_cost_order(grammar: Grammar) -> list[str]:
    """Types in an order in which each comes after those that it can become without cost.

    Raises:
        GrammarError: productions of cost zero form a cycle.
    """
    graph = {
        name: {type_of(slot) for p in nonterminal.productions if p.cost == 0 for slot in grammar.slots(p)}
        for name, nonterminal in grammar.nonterminals.items()
    }
    try:
        return list(TopologicalSorter(graph).static_order())
    except CycleError as error:
        cycle = list(reversed(error.args[1]))
        first = grammar.nonterminals[cycle[0]]
        production = next(p for p in first.productions if p.cost == 0 and cycle[1] in map(type_of, grammar.slots(p)))
        raise GrammarError(f"{production.place}: a cycle of productions of cost zero: {' -> '.join(cycle)}") from None
