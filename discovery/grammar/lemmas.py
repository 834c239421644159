"""The lemmas of a whole grammar: from the cache on disk, or proved."""

import hashlib
import json
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from discovery.expression.node import ZERO, Expr, Symbol, substitute, symbols
from discovery.expression.printer import to_text
from discovery.grammar.cache import read_record, write_record
from discovery.grammar.model import AT_ONE, SLOPE_AT_ONE, Grammar, GrammarError, Nonterminal, Production, type_of

if TYPE_CHECKING:
    from discovery.grammar.abstract import Rule

VERSION = 3  # of the lemma prover: raise it with every change of what it accepts
_RECORD = "lemmas"


def prove_all(grammar: Grammar) -> Grammar:
    """The grammar with its lemmas; those not proved before are proved and kept.

    Raises:
        GrammarError: a rule is not proved; the message names file, line, clause and a counterexample if there is one.
    """
    record = read_record(_RECORD)
    kept = {key: value for key, value in record.items() if _is_lemma(value)} if isinstance(record, dict) else {}
    fresh: dict[str, dict[str, Any]] = {}
    found: dict[tuple[str, int], dict[str, Any]] = {}
    try:
        for nonterminal in grammar.nonterminals.values():
            for index, production in enumerate(nonterminal.productions):
                key = _key(grammar, nonterminal, production)
                lemma = kept.get(key) or fresh.get(key)
                if lemma is None:
                    lemma = fresh[key] = _proved(grammar, nonterminal, production)
                found[nonterminal.name, index] = lemma
    finally:
        if fresh:
            write_record(_RECORD, kept | fresh)
    return replace(grammar, lemmas=found)


def _is_lemma(value: object) -> bool:
    return (
        isinstance(value, dict) and isinstance(value.get("seconds"), float) and isinstance(value.get("methods"), dict)
    )


def _key(grammar: Grammar, nonterminal: Nonterminal, production: Production) -> str:
    """The hash of all that the lemma depends on."""
    slots = {slot: str(grammar.nonterminals[type_of(slot)].promise) for slot in grammar.slots(production)}
    ranges = {name: _range(grammar, name) for name in grammar.free_constants(production)}
    parts = [VERSION, to_text(production.formula), str(nonterminal.promise), slots, ranges]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def _range(grammar: Grammar, name: str) -> list[str]:
    constant = grammar.constants[type_of(name)]
    return [repr(constant.low), repr(constant.high)]


def rule_of(grammar: Grammar, nonterminal: Nonterminal, production: Production) -> "Rule":
    """The production as a claim to prove; what X_at_1 stands for is put in where a contract says it."""
    from discovery.grammar.abstract import Rule
    from discovery.proof.ranges import Range

    slots = {slot: grammar.nonterminals[type_of(slot)].promise for slot in grammar.slots(production)}
    values: dict[str, Expr] = {}
    for name, promise in slots.items():
        if promise.slope is not None:
            values |= {name + AT_ONE: ZERO, name + SLOPE_AT_ONE: promise.slope}
        elif "r" in promise.free_of:
            values |= {name + AT_ONE: Symbol(name), name + SLOPE_AT_ONE: ZERO}
    constants = {
        name: Range(low, high, False, False)
        for name in grammar.free_constants(production)
        for low, high in [map(Fraction, _range(grammar, name))]
    }
    formula = (
        substitute(production.formula, values) if symbols(production.formula) & set(values) else production.formula
    )
    return Rule(formula, nonterminal.promise, slots, constants)


def _proved(grammar: Grammar, nonterminal: Nonterminal, production: Production) -> dict[str, Any]:
    from discovery.grammar.lemma import Refusal, prove_rule

    found = prove_rule(rule_of(grammar, nonterminal, production))
    if isinstance(found, Refusal):
        rule = f"{production.place}: {nonterminal.name} = {production}"
        hint = f" (hint: {found.hint})" if found.hint else ""
        if found.counterexample is not None:
            raise GrammarError(f"{rule} does not keep {found.clause!r}: at {found.counterexample}{hint}")
        raise GrammarError(f"{rule} could not be proved to keep {found.clause!r}: {found.reason}{hint}")
    return {"methods": found.methods, "seconds": round(found.seconds, 6)}
