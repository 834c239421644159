"""Arguments as LaTeX: they compile where LaTeX is installed, and are well-formed everywhere."""

import re
import shutil
import subprocess

import pytest
from matplotlib.mathtext import MathTextParser
from test_text import SAMPLES

from discovery.report.explain import explain

pytestmark = pytest.mark.timeout(60)
WORDS = """begin end begingroup endgroup sloppy noindent textit par leftskip hfill rule usepackage newtheorem text
textasciitilde left right frac tfrac sqrt log exp tanh sinh cosh arctan sigma max min operatorname mathrm ge le to
ne approx cdot cdots ldots"""
COMMANDS = set(WORDS.split())
KNOWN_TO_MATPLOTLIB = {r"\tfrac": r"\frac", r"\ge ": r"\geq ", r"\le ": r"\leq "}


def problems(source):
    """What is wrong with a piece of LaTeX; empty if nothing is."""
    body = "\n".join(line for line in source.splitlines() if not line.startswith("%"))
    found = [f"unknown command {name}" for name in re.findall(r"\\([A-Za-z]+)", body) if name not in COMMANDS]
    depth = 0
    for mark in re.findall(r"(?<!\\)[{}]", body):
        depth += 1 if mark == "{" else -1
        if depth < 0:
            break
    found += ["unbalanced braces"] if depth else []
    found += ["odd number of $"] if len(re.findall(r"(?<!\\)\$", body)) % 2 else []
    stack = []
    for kind, name in re.findall(r"\\(begin|end)\{(\w+)\}", body):
        if kind == "begin":
            stack.append(name)
        elif not stack or stack.pop() != name:
            found.append(f"\\end{{{name}}} without its \\begin")
    found += [f"{name} is not closed" for name in stack]
    found += (
        ["\\left without \\right"] if body.count(r"\left") - body.count(r"\leftskip") != body.count(r"\right") else []
    )
    outside = re.sub(r"\$[^$]*\$", "", body)
    found += ["a sign of mathematics outside of it"] if re.search(r"(?<!\\)[_^<>#&]", outside) else []
    return found + ([] if source.isascii() else ["not ASCII"])


@pytest.mark.parametrize("name", SAMPLES)
def test_it_is_well_formed(name):
    source = explain(SAMPLES[name], latex=True)
    assert problems(source) == []
    assert source.count(r"\begin{proposition}") == 1


@pytest.mark.parametrize(
    "wrong", ["{", "}", "$x", r"\begin{a}", r"\end{a}", r"$\left($", "x_1", r"\foo", "α", "a }{ b"]
)
def test_the_check_can_fail(wrong):
    assert problems(wrong)


@pytest.mark.parametrize("name", SAMPLES)
def test_formulas_are_mathematics(name):
    parser = MathTextParser("path")
    formulas = re.findall(r"\$([^$]+)\$", explain(SAMPLES[name], latex=True))
    simple = [formula for formula in formulas if r"\begin" not in formula]
    assert simple
    for formula in simple:
        for ours, theirs in KNOWN_TO_MATPLOTLIB.items():
            formula = formula.replace(ours, theirs)
        parser.parse(f"${formula}$")
    with pytest.raises(ValueError, match="Expected"):
        parser.parse(r"$\frac{1$")


def test_letters_in_words_are_mathematics_and_powers_of_ten_are_written_as_such():
    source = explain(SAMPLES["refuted_kink"], latex=True)
    assert r"the derivative of $f$ in $r$ from the right is not 0: $f' \ge \frac{1}{2}$" in source
    assert r"$r - 1 = 10^{-8}$ gives $0.50000$" in source


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="pdflatex is not installed")
def test_it_compiles_with_amsmath_alone(tmp_path):
    preamble = r"\documentclass{article}\usepackage{amsmath}\newtheorem{proposition}{Proposition}\begin{document}"
    arguments = [explain(sample, latex=True) for sample in SAMPLES.values()]
    (tmp_path / "all.tex").write_text("\n".join([preamble, *arguments, r"\end{document}"]))
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "all.tex"]
    result = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, errors="replace", timeout=50)
    assert result.returncode == 0, result.stdout[-2000:]
