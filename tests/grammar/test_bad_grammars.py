"""A wrong grammar file is told in one line, with file and line, when it is loaded."""

import pytest

from discovery.grammar.grammar import GrammarError, load_grammar, read_grammar

GOOD = "start d\nconstant c in 0.1 .. 10\nd : drift\n = c*(r - 1)**2 @ 1\n"


def test_the_good_file_is_good():
    assert load_grammar("lpo").start == "drift"
    assert read_grammar(GOOD).start == "d"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "line 1: exactly one line `start TYPE`"),
        ("start a\n" + GOOD, "line 2: exactly one line `start TYPE` is needed, not 2"),
        (GOOD.replace("start d", "start x"), "line 1: the start type 'x' is not defined"),
        (GOOD.replace("c*", "q*"), r"line 4: .*unknown symbol 'q'.*no type, constant or variable"),
        (GOOD.replace("0.1 ..", "20 .."), "line 2: constant c needs 0 < low < high"),
        (GOOD.replace("0.1 ..", "0 .."), "line 2: constant c needs 0 < low < high"),
        (GOOD.replace("0.1 ..", "-1 .."), "line 2: constant c needs 0 < low < high"),
        (GOOD.replace("@ 1", "@ x"), "line 4: cannot read .*a cost is a whole number >= 0"),
        (GOOD.replace("@ 1", "@ 1.5"), "line 4: cannot read .*a cost is a whole number >= 0"),
        (GOOD.replace("@ 1", "@ -1"), "line 4: cannot read .*a cost is a whole number >= 0"),
        (GOOD.replace("@ 1", "@"), "line 4: cannot read .*a cost is a whole number >= 0"),
        (GOOD.replace(" @ 1", "") + "extend d = d @ 1\n", "line 4: cannot read .* ends with its cost"),
        (GOOD + "e : drift, zero at A = 0  # none\n\nextend d = d + d_2 @ 1\n",
         "line 5: type e has no production: write `= FORMULA @ COST`"),
        (GOOD + 'e : drift "a sentence"\n', "line 5: type e has no production"),
        (GOOD + "e : drift = d @ 1\n", "line 5: type e has no production: .* on the next line"),
        (GOOD + "extend d\n", "line 5: extend d has no production"),
        (GOOD + "hello world\n",
         "line 5: cannot read 'hello world' .a line starts with start, constant, include, extend or NAME : CONTRACT"),
        (GOOD + "constant q 1 .. 2\n", "line 5: cannot read .*constant NAME in LOW .. HIGH"),
        (GOOD + 'e : drift "a sentence\n = d @ 1\n', "line 5: cannot read .*between two quotes on one line"),
        (GOOD + "= d @ 1\n", "line 5: cannot read .*productions follow NAME : CONTRACT"),
        (GOOD + "  $x\n", "line 5: column 3: character '.' is not allowed"),
        (GOOD + "my_type : drift\n = d @ 1\n", "line 5: column 3: character '_' is not allowed .a name has letters"),
        (GOOD + "extend d\n = d + d_2 @ 1 | d; d_2 @ 2\n", "line 6: column 19: character ';' is not allowed"),
        (GOOD + "extend d\n = d + q @ 1\n", "line 6: column 8: unknown symbol 'q'"),
        (GOOD + "e : flat,\n  sign r^2\n = d @ 1\n", "line 6: in the clause 'sign r.2': column 9: character"),
        (GOOD + "extend d = where(A >= 0, d, d_2) @ 1\n",
         r"line 5: .* does not keep 'defined and continuous': at r = .*\(hint: give d the clause `zero at A = 0`\)"),
        (GOOD.replace(" @ 1", ""), "line 4: cannot read .* ends with its cost"),
        (GOOD.replace("**2", "**"), "line 4: .*the expression ends too early|line 4"),
        (GOOD.replace(" : drift", ""), "line 4: cannot read"),
        (GOOD.replace(": drift", '"a drift"'), "line 3: cannot read .*a type needs its contract"),
        (GOOD.replace(": drift", ": drifts"), "line 3: unknown clause 'drifts'; did you mean 'drift'"),
        (GOOD.replace(": drift", ": drift, flat"), "line 3: the clause 'flat' repeats or contradicts"),
        (GOOD.replace(": drift", ": drift, free of r"), "line 3: 'free of r' does not go with"),
        (GOOD.replace(": drift", ": drift,, flat"), "line 3: a clause is missing"),
        (GOOD.replace(": drift", ": drift, sign 1/A"), "line 3: .*must be continuous"),
        (GOOD.replace(": drift", ": drift, sign where(A >= 0, 1, 2)"), "line 3: .*must be continuous"),
        (GOOD.replace(": drift", ": slope r"), "line 3: in the clause 'slope r': column 11: unknown symbol"),
        (GOOD.replace(": drift", ": flat"), "line 3: the start type d must promise `drift`"),
        (GOOD.replace(": drift", ": drift, where A >= 0"), "line 3: the start type d must promise `drift`"),
        (GOOD + "e : drift\n = e + e @ 1\n", "line 5: no formula can be derived from e"),
        (GOOD + "d : drift\n = (r - 1)**2 @ 1\n", r"line 5: d is already defined \(my.grammar, line 3\)"),
        (GOOD + "constant c in 1 .. 2\n", "line 5: c is already defined"),
        (GOOD + "sqrt : drift\n = d @ 1\n", "line 5: sqrt has a meaning in formulas"),
        (GOOD + "extend e = d @ 1\n", "line 5: cannot extend 'e', which is not defined"),
        (GOOD + "e : drift\n = d @ 0\nextend d = e @ 0\n", "line [67]: a cycle of productions of cost zero: ."),
        (GOOD + "extend d = d @ 0\n", "line 5: a cycle of productions of cost zero: d -> d"),
        (GOOD + "extend d = r - 1 @ 1\n", "line 5: d = r - 1 does not keep 'flat': at r = 1, A = .*slope"),
        (GOOD + "extend d = relu(d - d_2) @ 1 | d - d_2 @ 1\n", "line 5: d = d - d_2 does not keep 'nonnegative'"),
        (GOOD + "e : nonnegative\n = A**2 @ 1\nextend e = e_slope_at_1 @ 1\n",
         "line 7: e_slope_at_1 needs a type that promises smooth"),
        (GOOD + "include lpp\n", "line 5: no shipped grammar 'lpp'; did you mean lpo"),
        (GOOD + 'include "nowhere.grammar"\n', "line 5: no such file: nowhere.grammar"),
        (GOOD + "include", "line 5"),
        (GOOD + "extend d = c1 @ 1\n", "unknown symbol 'c1'"),
        (GOOD + "extend d = A_2*d @ 1\n", "unknown symbol 'A_2'"),
        (GOOD + "extend d = c_at_1**2*d @ 1\n", "line 5: c_at_1: c is a constant"),
        (GOOD + "extend d = exp(c_2_slope_at_1)*d @ 1\n", "line 5: c_2_slope_at_1: c_2 is a constant"),
    ],
)  # fmt: skip
def test_a_wrong_file_is_told_with_its_line(text, message):
    with pytest.raises(GrammarError, match=message) as caught:
        read_grammar(text, "my.grammar")
    assert "\n" not in str(caught.value)
    assert str(caught.value).startswith("my.grammar, line ")


def test_a_hint_is_given_only_where_it_helps():
    with pytest.raises(GrammarError, match="defined and continuous") as caught:
        read_grammar(GOOD + "extend d = d + where(A >= 0, 1, 0) @ 1\n")
    assert "hint" not in str(caught.value)
    mended = GOOD.replace(": drift", ": drift, zero at A = 0").replace("c*", "c*A**2*")
    assert len(read_grammar(mended + "extend d = where(A >= 0, d, d_2) @ 1\n").nonterminals["d"].productions) == 2


def test_what_a_file_defines_and_does_not_use_is_known():
    more = "constant q in 1 .. 2\ne : drift\n = f @ 1\nf : drift\n = d @ 1\n"
    assert read_grammar(GOOD).unused == ()
    assert read_grammar(GOOD + more).unused == ("q", "e", "f")
    assert read_grammar("include lpo\nstart mine\nmine : drift\n = divergence @ 0\n").unused == ()


def test_an_unknown_grammar_gets_the_nearest():
    with pytest.raises(GrammarError, match="did you mean lpo"):
        load_grammar("lpp")


def test_a_folder_and_a_binary_file_are_told(tmp_path):
    with pytest.raises(GrammarError, match="is a folder"):
        load_grammar(str(tmp_path))
    path = tmp_path / "b.grammar"
    path.write_bytes(b"start d\n\xff\xfe\x00\n")
    with pytest.raises(GrammarError, match=r"b\.grammar, line 2: not UTF-8"):
        load_grammar(str(path))


def test_includes_are_relative_to_their_file_and_may_not_return(tmp_path):
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "base.grammar").write_text(GOOD)
    user = tmp_path / "user.grammar"
    user.write_text('include "sub/base.grammar"\nextend d = d + d_2 @ 1\n')
    grammar = load_grammar(str(user))
    assert [p.source.rpartition("/")[2] for p in grammar.nonterminals["d"].productions] == [
        "base.grammar",
        "user.grammar",
    ]
    (tmp_path / "sub" / "base.grammar").write_text(GOOD + 'include "../user.grammar"\n')
    with pytest.raises(GrammarError, match=r"base\.grammar, line 5: .* includes itself"):
        load_grammar(str(user))


def test_an_included_rule_is_told_with_its_own_file_and_line(tmp_path):
    (tmp_path / "base.grammar").write_text(GOOD.replace("**2", "**3"))
    (tmp_path / "user.grammar").write_text('\n\ninclude "base.grammar"\n')
    with pytest.raises(GrammarError, match=r"base\.grammar, line 4: d = c\*\(r - 1\)\*\*3 does not keep 'nonnegative'"):
        load_grammar(str(tmp_path / "user.grammar"))


def test_the_own_start_counts_and_a_file_included_twice_counts_once(tmp_path):
    (tmp_path / "a.grammar").write_text("include lpo\ninclude lpo\nstart mine\nmine : drift\n = divergence @ 0\n")
    assert load_grammar(str(tmp_path / "a.grammar")).start == "mine"
