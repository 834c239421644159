"""Proof trees as certificates have them (README.md): nodes are JSON objects with a rule and a claim."""

from typing import Any

Step = dict[str, Any]
CHILDREN = ("above", "at", "below", "fact", "proof", "parts")


def methods(step: Step) -> str:
    """What a proof uses, in words."""
    names = {"ladder": "derivative ladder", "cut": "cases", "split": "cases", "range": "sign structure"}
    found = set[str]()
    pending: list[Any] = [step]
    while pending:
        node = pending.pop()
        if isinstance(node, list):
            pending += node
        elif isinstance(node, dict):
            rule = node.get("rule", "")
            if rule == "substitute":
                found.add(f"one variable u = {node['by']}")
            elif rule in names:
                found.add(names[rule])
            pending += [child for key, child in node.items() if key in CHILDREN]
    return ", ".join(sorted(found))
