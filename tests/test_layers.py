"""The house rules: who may import whom, and what a quick command must not import."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1] / "discovery"
LOWER = {
    "expression": set(),
    "drifts": {"expression"},
    "rl": {"expression", "drifts"},
    "metatrain": {"expression", "drifts", "rl"},
    "grammar": {"expression", "proof"},
    "regression": {"expression", "grammar"},
    "benchmark": {"expression", "drifts", "rl", "runs"},
    "proof": {"expression"},
    "runs": {"files", "provenance"},
    "files": set(),
    "provenance": set(),
    "settings": set(),
    "cache": set(),
    "checkpoints": {"metatrain", "runs"},
    "sampling": {"drifts", "experiment", "expression", "rl", "training"},
    "training": {"checkpoints", "experiment", "metatrain", "rl", "runs"},
    "distillation": {"expression", "grammar", "proof", "regression"},
    "regressor": {"expression", "drifts", "distillation", "regression"},
    "report": {"expression", "drifts", "rl", "metatrain", "grammar", "regression", "proof", "benchmark", "runs"}
    | {"files"},
}


def imported(path: Path) -> set[str]:
    """The layers of this package that a file imports."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        found |= {name.split(".")[1] for name in names if name.startswith("discovery.")}
    return found


@pytest.mark.parametrize("layer", LOWER)
def test_a_layer_imports_only_lower_ones(layer):
    files = [ROOT / f"{layer}.py"] if (ROOT / f"{layer}.py").exists() else sorted((ROOT / layer).rglob("*.py"))
    assert files
    for path in files:
        assert imported(path) <= LOWER[layer] | {layer, "settings", "cache"}, path


def test_the_checker_imports_only_itself_flint_and_the_standard_library():
    files = sorted((ROOT / "proof" / "checker").glob("*.py"))
    assert files
    for path in files:
        for node in ast.walk(ast.parse(path.read_text())):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            assert not getattr(node, "level", 0), path
            for name in names:
                allowed = name.split(".")[0] in {"flint", *sys.stdlib_module_names}
                assert allowed or (name + ".").startswith("discovery.proof.checker."), (path, name)


def test_no_file_that_users_can_reach_evaluates_text():
    for path in ROOT.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                assert node.func.id not in ("eval", "exec", "compile"), path
            if isinstance(node, ast.Import):
                assert not {alias.name for alias in node.names} & {"pickle", "marshal", "shelve", "dill"}, path


@pytest.mark.parametrize(
    ("module", "forbidden"),
    [
        ("discovery.cli", ("jax", "numpy", "sympy", "matplotlib", "tyro", "rich")),
        ("discovery.commands.verify", ("jax", "numpy", "sympy", "scipy", "matplotlib", "pysr", "brax")),
        ("discovery.commands.check", ("jax", "numpy", "sympy", "scipy", "matplotlib", "lark", "rich.table")),
        ("discovery.experiment", ("jax", "sympy", "matplotlib", "pysr", "brax", "gymnax")),
        ("discovery.proof.prove", ("jax", "pysr", "discovery.regression", "scipy")),
        ("discovery.regression.search", ("jax", "pysr", "sympy", "brax")),
        ("discovery.report.html.page", ("jax", "plotly", "jinja2", "latex2mathml", "matplotlib")),
        ("discovery.commands.report", ("jax", "plotly", "jinja2", "matplotlib")),
        ("discovery.commands.runs", ("jax", "numpy", "plotly", "jinja2", "matplotlib")),
        ("discovery.report.figures", ("matplotlib", "pysr", "brax")),
        ("discovery.report.training", ("jax", "numpy", "tensorboardX", "wandb")),
        ("discovery.report.metrics", ("jax", "numpy", "tensorboardX", "wandb")),
    ],
)
def test_imports_stay_light(module, forbidden):
    code = f"import sys, {module}\nprint(' '.join(sys.modules))"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    ).stdout.split()
    assert not set(loaded) & set(forbidden)
