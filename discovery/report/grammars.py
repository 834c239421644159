"""A grammar for the terminal."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.markup import escape
from rich.table import Table

from discovery.report.terminal import console, counted


def print_grammar(
    grammar: Any,
    rules: Sequence[Mapping[str, Any]],
    sizes: Mapping[str, Sequence[int]],
    samples: Sequence[Mapping[str, Any]],
) -> None:
    """The rules with their lemmas, the number of formulas by cost, and random formulas, a line each to copy."""
    out = console()
    out.print(_rules(grammar, rules))
    out.print(_sizes(grammar, sizes))
    if samples:
        out.print(f"Random formulas of {escape(grammar.start)}, each after its cost:")
        for found in samples:
            out.print(f"{found['cost']:>4}  {escape(found['formula'])}", soft_wrap=True)


def _rules(grammar: Any, rules: Sequence[Mapping[str, Any]]) -> Table:
    seconds = sum(rule["seconds"] for rule in rules)
    table = Table(title=f"{escape(grammar.name)}: {counted(len(rules), 'rule')}, every one proved ({seconds:.1f} s)")
    table.add_column("rule", overflow="fold", ratio=3)
    table.add_column("cost", justify="right")
    table.add_column("lemma", overflow="fold", ratio=2)
    table.add_column("line", justify="right")
    last = None
    for rule in rules:
        if rule["type"] != last:
            if last is not None:
                table.add_section()
            table.add_row(f"[bold]{escape(rule['type'])}[/] : {escape(rule['contract'])}", "", "", "")
            last = rule["type"]
        methods = ", ".join(dict.fromkeys(method for method in rule["methods"].values()))
        where = rule["line"] if rule["file"] == grammar.name else f"{rule['file']}, {rule['line']}"
        table.add_row(f"  = {escape(rule['rule'])}", str(rule["cost"]), escape(methods), escape(str(where)))
    return table


def _sizes(grammar: Any, sizes: Mapping[str, Sequence[int]]) -> Table:
    table = Table(title="Formulas by cost, constants open")
    table.add_column("type")
    for cost in range(max(map(len, sizes.values()))):
        table.add_column(str(cost), justify="right")
    for name, counts in sizes.items():
        shown = f"[bold]{escape(name)}[/]" if name == grammar.start else escape(name)
        table.add_row(shown, *(f"{count:,}" for count in counts))
    return table
