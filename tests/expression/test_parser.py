"""Whatever a user types is read, or refused in one clear line within a second; nothing is ever executed."""

import time

import pytest

from discovery.expression.parser import ParseError, parse


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("__import__('os').system('x')", 'column 12: character "\'" is not allowed'),
        ("1/0", "division by zero"),
        ("r/(1 - 1)", "division by zero"),
        ("0.1.2", "column 4: unexpected '.2'"),
        ("q + 1", "column 1: unknown symbol 'q'"),
        ("tanhh(r)", "did you mean tanh?"),
        ("r^2", r"write \*\* for a power"),
        ("a*r", "did you mean A"),
        ("r\u00b2", r"write \*\*2"),
        ("r +", "column 4: the expression ends too early"),
        ("", "empty"),
        ("tanh(r, 2)", "takes 1 argument, not 2"),
        ("max(r)", "two or more arguments"),
        ("ln(r)", "unknown function 'ln'; write log$"),
        ("log10(r)", r"write log\(x\)/log\(10\)"),
        ("maximum(r, 1)", "write max"),
        ("2*pi*r", "column 3: unknown symbol 'pi'; write a decimal such as 3.14"),
        ("e**r", r"unknown symbol 'e'; write exp\(x\) for e\*\*x, or a decimal"),
        ("|r - 1|", r"write abs\(x\) for \|x\|"),
        ("np.log(r)", r"column 3: character '\.' is not allowed \(names have no prefix: leave out 'np\.'\)"),
        ("A*jnp.where(r > 1, 1, 0)", "leave out 'jnp.'"),
        ("math.pi", "leave out 'math.'"),
        ("2r", r"column 2: unexpected 'r' \(a product needs a \*\)"),
        ("2 (r - 1)", r"a product needs a \*"),
        ("(r - 1)(r - 2)", r"column 8: unexpected '\(' \(a product needs a \*\)"),
        ("(r - 1) A", r"a product needs a \*"),
        ("2.r", r"a product needs a \*"),
        ("A(r - 1)", r"A is a symbol, no function; write A\*\(\.\.\.\) for a product"),
        ("rA", r"unknown symbol 'rA'; write r\*A for a product"),
        ("log r", r"unexpected 'r' \(functions need brackets\)"),
        ("r if A > 0 else 1", r"cases are written where\(condition, x, y\)"),
        ("A >= 0", "comparisons belong inside where"),
        ("where(A, 1, 2)", "a comparison such as A >= 0"),
        ("where(A > 0, A > 1, 2)", "no comparison as argument 2"),
        ("Piecewise((1, A > 0))", "the last one"),
        ("True", "only stand in the last pair"),
        ("1e999999999", "more than 400 digits"),
        ("9" * 500, "more than 400 digits"),
        ("progress*r", "unknown symbol 'progress'"),
        ("r.__class__", "not allowed"),
        ("lambda: r", "not allowed"),
        ("(" * 10_000 + "r" + ")" * 10_000, "at most 10000 are allowed"),
        ("r" * 10_000_000, "at most 10000 are allowed"),
        ("-" * 5000 + "r", "nested too deeply"),
        ("tanh(" * 1500 + "r" + ")" * 1500, "nested too deeply"),
    ],
)
def test_a_mistake_is_one_clear_line(text, message):
    start = time.perf_counter()
    with pytest.raises(ParseError, match=message) as caught:
        parse(text)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 400
    assert time.perf_counter() - start < 20  # a bound on hanging, not a benchmark


@pytest.mark.parametrize("text", ["0.1.2", "r)", "2 .5", "foo.log(r)", "os.system"])
def test_no_hint_where_none_fits(text):
    with pytest.raises(ParseError) as caught:
        parse(text)
    assert "(" not in str(caught.value)


def test_a_tower_of_powers_is_not_computed():
    assert parse("10**10**10 + r") == parse("r + 10**10**10")


def test_progress_is_read_where_it_is_allowed():
    assert parse("progress*r", allowed=("r", "A", "progress")) == parse("r*progress", allowed=("r", "progress"))
