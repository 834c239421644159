"""PySR: settings are translated without Julia; the live search runs where Julia is set up."""

import importlib.util
import json
import sys

import numpy as np
import pytest

from discovery.expression.evaluate import evaluate
from discovery.expression.parser import parse
from discovery.regression.backends import pysr as backend
from discovery.regression.backends.features import FEATURES
from discovery.regression.backends.pysr import INSTALL, PySR, missing
from discovery.regression.backends.pysr_options import (
    BINARY,
    KINKED,
    TEMPLATE,
    UNARY,
    accepted_keywords,
    options,
    sympy_mappings,
)
from discovery.regression.sampling import tabulate

EVERY = {"seed": 1, "seconds": 5.0, "workers": 2, "output_directory": "out", "run_id": "a", "stop_below": 1e-12}
installed = pytest.mark.skipif(importlib.util.find_spec("pysr") is None, reason="pysr is not installed")


class _Any(frozenset):
    """A version that knows every keyword."""

    def __contains__(self, _):
        return True


ANY = _Any()


@installed
def test_every_keyword_is_one_of_the_installed_version():
    guess = [parse("relu(A*(r - 1) - tanh(A*(r - 1)))")]
    for extra in (
        {},
        {"template": True},
        {"guesses": guess},
        {"deterministic": True, "seconds": None, "iterations": 3},
    ):
        chosen = options(**{**EVERY, "keywords": ANY, **extra})
        assert set(chosen) <= accepted_keywords()
        assert set(options(**{**EVERY, "keywords": accepted_keywords(), **extra})) == set(chosen)
    assert "pysr" not in sys.modules  # importing it would start Julia


@installed
def test_the_arguments_of_the_template_are_those_of_the_installed_version():
    import ast
    from pathlib import Path

    source = Path(importlib.util.find_spec("pysr").origin).parent / "expression_specs.py"
    tree = ast.parse(source.read_text())
    (spec,) = [n for n in ast.walk(tree) if isinstance(n, ast.ClassDef) and n.name == "TemplateExpressionSpec"]
    fields = {node.target.id for node in spec.body if isinstance(node, ast.AnnAssign)}
    assert set(TEMPLATE) <= fields


def test_a_keyword_that_the_version_lacks_is_left_out():
    guesses = [parse("A**2*(r - 1)**2")]
    assert options(**EVERY, keywords=ANY, guesses=guesses)["guesses"] == ["(square(A) * square(p))"]
    assert "guesses" not in options(**EVERY, keywords={"niterations"}, guesses=guesses)


def test_settings_are_consistent():
    chosen = options(**EVERY, keywords=ANY)
    operators = {*chosen["binary_operators"], *(name.split("(")[0] for name in chosen["unary_operators"])}
    assert operators == {*BINARY, *UNARY}
    for key in ("constraints", "nested_constraints", "complexity_of_operators"):
        assert set(chosen[key]) <= operators, key
    for inner in chosen["nested_constraints"].values():
        assert set(inner) <= operators
    assert chosen["precision"] == 64
    assert chosen["parallelism"] == "multithreading"
    inline = {name.split("(")[0] for name in chosen["unary_operators"] if "=" in name}
    assert inline | {"max", "min"} <= set(chosen["extra_sympy_mappings"])
    template = options(**EVERY, keywords=ANY, template=True)
    assert not {*template["binary_operators"], *template["unary_operators"]} & set(KINKED)


def test_a_deterministic_run_is_serial_seeded_and_counted():
    chosen = options(seed=7, keywords=ANY, iterations=40, deterministic=True, workers=8)
    assert (chosen["deterministic"], chosen["parallelism"], chosen["random_state"]) == (True, "serial", 7)
    assert chosen["niterations"] == 40
    assert "timeout_in_seconds" not in chosen
    with pytest.raises(ValueError, match="deterministic"):
        options(seed=7, keywords=ANY, seconds=5, deterministic=True)
    with pytest.raises(ValueError, match="budget"):
        options(seed=7, keywords=ANY)


def test_variable_names_are_no_functions_of_sympy():
    import sympy

    assert not [name for name in FEATURES if name in vars(sympy)]


def test_max_and_min_become_those_of_sympy():
    import sympy

    x, y = sympy.symbols("x y", real=True)
    mappings = sympy_mappings()
    assert mappings["max"](x, y) == sympy.Max(x, y)
    assert mappings["min"](x, y) == sympy.Min(x, y)
    assert mappings["relu"](x) == sympy.Max(x, 0)


def test_guesses_use_only_operators_that_are_searched():
    texts = {"relu(A*(r - 1) - tanh(A*log(r)))": True, "cosh(A) - 1": False, "r**A": False, "r*A": True}
    for text, usable in texts.items():
        assert ("guesses" in options(**EVERY, keywords=ANY, guesses=[parse(text)])) == usable, text


def test_missing_julia_is_told_in_one_line_with_the_step(monkeypatch, tmp_path):
    monkeypatch.delenv("PYTHON_JULIAPKG_EXE", raising=False)
    monkeypatch.setattr(backend, "_set_up", lambda: False)
    table = tabulate(lambda r, a: (r - 1) ** 2, rng=np.random.default_rng(0), count=200)
    if importlib.util.find_spec("pysr") is not None:
        with pytest.raises(ValueError, match="PySR needs Julia") as caught:
            PySR().propose(table, seconds=5, seed=0, workers=1)
        assert "\n" not in str(caught.value)
        assert "pysr" not in sys.modules
        monkeypatch.setenv("PYTHON_JULIAPKG_EXE", str(tmp_path / "julia"))
        assert "which is no file" in str(missing())
        (tmp_path / "julia").write_text("")
        assert missing() is None
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert missing() == backend.NOT_INSTALLED


def test_julia_is_set_up_when_juliapkg_says_where_it_is(monkeypatch, tmp_path):
    state = pytest.importorskip("juliapkg.state").STATE
    note, julia = tmp_path / "meta.json", tmp_path / "julia"
    monkeypatch.setitem(state, "meta", str(note))
    assert not backend._set_up()
    note.write_text(json.dumps({"executable": str(julia)}))
    assert not backend._set_up()
    julia.write_text("")
    assert backend._set_up()


@pytest.mark.julia
@pytest.mark.skipif(missing() is not None, reason=str(missing() or INSTALL))
@pytest.mark.parametrize("template", [False, True])
def test_kl_comes_back(template):
    expr = parse("r - 1 - log(r)")
    table = tabulate(lambda r, a: evaluate(expr, {"r": r, "A": a}), rng=np.random.default_rng(0), count=1000)
    proposals = PySR(template=template, halves=False).propose(table, seconds=60, seed=1, workers=2)
    assert min(p.loss for p in proposals) < 1e-8 * table.power
