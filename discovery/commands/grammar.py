"""drift grammar: what a grammar file says, how its rules are proved, and how much it spans."""

from dataclasses import dataclass
from typing import Annotated

import tyro

from discovery.commands.options import emit, parse_options, say


@dataclass(frozen=True)
class GrammarOptions:
    """The rules of a grammar with their lemmas, the number of formulas by cost, and random formulas.

    Attributes:
        file: a shipped grammar by name (lpo, dpo, divergences, clip, temporal, free), or a file.
        max_cost: formulas are counted up to this cost.
        samples: how many random formulas to show.
        seed: of the random formulas.
        json: one JSON object a rule on stdout, then one a random formula.
    """

    file: Annotated[tyro.conf.Positional[str], tyro.conf.arg(metavar="FILE")] = "lpo"
    max_cost: int = 5
    samples: int = 8
    seed: int = 0
    json: bool = False

    def __post_init__(self) -> None:
        if not 0 <= self.max_cost <= 12:
            raise ValueError(f"max_cost: {self.max_cost} (allowed: 0 to 12)")
        if not 0 <= self.samples <= 1000:
            raise ValueError(f"samples: {self.samples} (allowed: 0 to 1000)")


def main(args: list[str]) -> int:
    """Run the command; returns the exit code."""
    options = parse_options(GrammarOptions, args, command="grammar")
    from discovery.grammar.grammar import load_grammar
    from discovery.grammar.survey import sample, survey

    grammar = load_grammar(options.file)
    rules, skeletons = survey(grammar, options.max_cost)
    random = sample(skeletons[grammar.start], options.samples, options.seed)
    if grammar.unused:
        say(f"{grammar.name}: not used by {grammar.start}: {', '.join(grammar.unused)}")
    if options.json:
        for rule in rules:
            chosen = sample(skeletons[rule["type"]], options.samples, options.seed, rule=rule["rule"])
            emit({**rule, "samples": chosen})
        for found in random:
            emit({"random": found["formula"], "cost": found["cost"]})
        return 0
    from discovery.report.grammars import print_grammar

    sizes = {name: [sum(s.cost == cost for s in found) for cost in range(options.max_cost + 1)]
             for name, found in skeletons.items()}  # fmt: skip
    print_grammar(grammar, rules, sizes, random)
    return 0
