"""Wrong changes of certificates: each mutant claims something else than the original, or proves it no longer.

What may keep a certificate right is left out, for these reasons:

- `zero.generators`: the checker finds its own (it may be anything); `breaks` in increasing order: any partition of the
  line of A will do, as long as each part can be decided, so only their order and their form is attacked;
- `cut.value`: any cut is sound as long as the two sides are proved; `cut.at` set to null: an exempted line;
- the claim of a `fact`: x + 1/1000 >= 0 is a weaker fact, which may suffice;
- poly or multiplier of a single term: a positive factor does not matter, so such a term is only negated;
- `sum`, `product` and `all` of a single part, and `signs` for `sturm`: the same statement, or a stronger one;
- `point` to `power`: x**2 >= 0 where x = 0 follows from either;
- `gauge` set to null: less is claimed; the sign of the height of a jump: f minus f in either order; values are bounds,
  so they are made 4 times as large: far beyond f;
- a level that stands twice, a part that is 0 in a sum or 1 in a product: nothing changes;
- a poly that becomes a constant: it divides everything, and the step still has to show all that is left;
- a generator that is a constant: the checker finds constants itself, a list may leave them out or have idle ones;
- the maps of r and progress for one another: both may run over (0, 1), and then only names change;
- the place of a counterexample: f may be negative at another place too.
"""

import copy
from collections.abc import Iterator
from typing import Any

NODES = ("range", "split", "cut", "sum", "product", "power", "any", "all", "have", "substitute", "point", "ladder")
STEPS = ("signs", "sturm", "quadratic", "derivative")
KINDS = ("negative", "nonzero", "slope", "step", "undefined", "jump")
GENERATORS = ("exp", "log", "atan", "asinh", "root", "constant")

Path = tuple[Any, ...]
Mutant = tuple[str, Path, dict[str, Any]]


def mutants(certificate: dict[str, Any]) -> Iterator[Mutant]:
    """(operator, path, mutant) for every change at every place."""
    for path, value in _walk(certificate, ()):
        for operator, changed in _changes(certificate, path, value):
            if changed != value:
                yield operator, path, _put(certificate, path, changed)


def _walk(value: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    yield path, value
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield from _walk(inner, (*path, key))


def _put(certificate: dict[str, Any], path: Path, value: Any) -> dict[str, Any]:
    found = copy.deepcopy(certificate)
    if not path:
        return copy.deepcopy(value)
    at: Any = found
    for key in path[:-1]:
        at = at[key]
    at[path[-1]] = copy.deepcopy(value)
    return found


def _at(certificate: Any, path: Path) -> Any:
    for key in path:
        certificate = certificate[key]
    return certificate


def _changes(certificate: dict[str, Any], path: Path, value: Any) -> Iterator[tuple[str, Any]]:
    name = path[-1] if path else ""
    parent = _at(certificate, path[:-1]) if path else None
    if "generators" in path and path[path.index("generators") - 1] == "zero":
        return
    if isinstance(value, dict):
        yield from _object_changes(value, name)
    if isinstance(value, list):
        yield from _list_changes(value, name, path)
    if isinstance(parent, dict):
        yield from _field_changes(parent, str(name), value, path)
        if name not in ("gauge", "at") and value is not None:
            yield "null", None
    if isinstance(parent, list) and path[-2] in ("parts", "levels", "surfaces"):
        yield "null", None


def _object_changes(value: dict[str, Any], name: Any) -> Iterator[tuple[str, Any]]:
    if "rule" in value or "format" in value or "kind" in value or "margin" in value or "levels" in value:
        for key in value:
            yield "drop a key", {k: v for k, v in value.items() if k != key}
    yield "add a key", {**value, "note": "x"}
    if {"above", "below"} <= set(value) and value["above"] != value["below"]:
        yield "swap sides", {**value, "above": value["below"], "below": value["above"]}
    if {"start", "slope"} <= set(value) and value["start"] != value["slope"]:
        yield "swap start and slope", {**value, "start": value["slope"], "slope": value["start"]}
    if name == "map":
        yield "drop a key", dict(list(value.items())[1:])
    if name == "map" and len(set(value.values())) > 1 and "progress" not in value:
        yield "swap maps", dict(zip(value, reversed(list(value.values())), strict=True))


def _list_changes(value: list[Any], name: Any, path: Path) -> Iterator[tuple[str, Any]]:
    single = name in ("poly", "multiplier") and len(value) <= 1
    if name in ("parts", "poly", "multiplier", "levels", "generators") and not single:
        for i in range(len(value)):
            fewer, idle = value[:i] + value[i + 1 :], isinstance(value[i], dict) and value[i].get("claim") in ("0", "1")
            if idle or (name == "generators" and value[i][1] == "constant") or (name == "poly" and _constant(fewer)):
                continue
            yield "drop an element", fewer
            if name != "levels":
                yield "double an element", [*value, value[i]]
    if name in ("at", "between"):
        yield "drop a block", value[:-1]
        yield "double a block", [*value, value[-1]]
    if name == "breaks":
        yield "break", [*value, *(value or ["0"])[::-1], "-1"]
        yield "break", [*value, "1.5"]
        yield "break", "0"
    if len(path) > 1 and path[-2] == "generators" and name != "generators":
        if value[1] != "constant":
            for kind in GENERATORS:
                yield "rename a generator's kind", [value[0], kind, *value[2:]]
            yield "scale an argument", [*value[:2], f"1.001*({value[2]})", *value[3:]]
        yield "rename", ["u", *value[1:]]
    if len(path) > 1 and path[-2] in ("poly", "multiplier"):
        c, powers = value
        yield "negate", [c.removeprefix("-") if c.startswith("-") else f"-{c}", powers]


def _constant(poly: list[Any]) -> bool:
    return len(poly) == 1 and not poly[0][1]


def _more(number: str) -> Iterator[str]:
    above, _, below = number.partition("/")
    n, d = int(above), int(below or 1)
    yield f"{n + d}/{d}"
    yield f"{n * 10**30 + d}/{d * 10**30}"
    if n:
        yield f"{-n}/{d}"


def _field_changes(parent: dict[str, Any], name: str, value: Any, path: Path) -> Iterator[tuple[str, Any]]:
    match name:
        case "format":
            yield "format", "drift-certificate/2"
        case "verdict":
            yield "flip", "refuted" if value == "proved" else "proved"
            yield "flip", "unknown"
        case "expression" if parent["verdict"] == "refuted":
            for valid in (
                "(r - 1)**2/7",
                "A**2*(r - 1)**2",
                "r - 1 - log(r)",
                "relu(A*(r - 1) - 1)",
                "abs(r - 1)**1.5",
            ):
                yield "other expression", valid
        case "expression" if value != "0":
            for shape in ("({}) + 1/1000", "({}) - 1e-9", "-({})", "({}) + (r - 1)*1e-9", "({}) - (r - 1)**2*exp(r)"):
                yield "other expression", shape.format(value)
            yield "other expression", "(r - 1)**2/7"
            yield "other expression", "where(A <= 1/3, where(1/3 <= A, 1, 0), 0)"
        case "rule" if value in NODES:
            alone = len(parent.get("parts", "xx")) < 2
            same = {"sum", "product", "all"} if alone else {"power"} if value == "point" else set()
            for rule in NODES:
                if rule not in same:
                    yield "rename a rule", rule
            yield "rename a rule", "trivial"
        case "rule":
            for rule in STEPS:
                if (value, rule) != ("signs", "sturm"):
                    yield "rename a step", rule
        case "kind":
            for kind in KINDS:
                if (value, kind) != ("nonzero", "negative"):
                    yield "rename a kind", kind
        case "claim" if path[-2] != "fact":
            for shape in ("({}) + 1/1000", "({}) - 1e-9", "({}) + 1e-30", "({0}) + (1 + ({0})**2)/10"):
                yield "claim", shape.format(value)
            if "r" in value or "A" in value:
                yield "claim", f"({value}) - 1/2"
        case "on" | "by" | "gap" | "quantity":
            if name != "on" or "symbol" in parent:
                yield "expression", f"({value}) + 1/7"
            yield "expression", "q"
        case "above" | "below" if isinstance(value, str):
            yield "expression", f"({value}) + 1e-9"
        case "symbol" if "kind" not in parent:
            yield "symbol", "x"
        case "in":
            yield "name", "z9"
        case "index":
            yield "index", value + 1
            yield "index", -1
            yield "index", True
        case "sign":
            yield "sign", -value
            yield "sign", 0
        case "side":
            yield "side", 0
            yield "side", True
        case "margin" | "c":
            for other in _more(value):
                yield "number", other
        case "value" if "quantity" in parent:
            yield "number", f"({value}) + 1"
            yield "number", f"({value}) + 1e-30"
        case "value" if "kind" in parent and value not in ("undefined", "infinite"):
            above, _, below = value.partition("/")
            yield "number", f"{4 * int(above)}/{below or 1}"
            if parent["kind"] != "jump":
                yield "number", f"{-int(above)}/{below or 1}"
            yield "number", "0"
        case "value" if "kind" in parent:
            yield "number", "1"
        case "progress":
            for other in ("2", "-1", "1/0", "0.5", None):
                yield "number", other
        case "r" if "kind" in parent:
            yield "number", "-1"
            yield "number", "0"
        case "width":
            yield "number", "-1"
        case _ if len(path) > 3 and path[-4] == "poly" and isinstance(value, int):
            yield "exponent", value + 1
            yield "exponent", 0
            yield "exponent", -value
        case _ if len(path) > 1 and path[-2] == "map":
            yield "map", f"({value}) + 1/7"
            yield "map", f"({value})**2 + 1/7"
