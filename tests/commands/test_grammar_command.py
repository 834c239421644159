"""drift grammar: rules, lemmas, sizes and samples."""

import json

import pytest

from discovery.cli import main
from discovery.expression.parser import parse
from discovery.grammar.grammar import load_grammar


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("DRIFT_CACHE_DIR", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "160")


def test_json_is_one_object_a_rule(capsys):
    assert main(["grammar", "dpo", "--json", "--max-cost", "4", "--samples", "3"]) == 0
    records = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    grammar = load_grammar("dpo")
    random = [record for record in records if "random" in record]
    assert len(random) == 3
    assert records[-3:] == random
    for record in random:
        parse(record["random"])
    records = records[:-3]
    assert len(records) == sum(len(n.productions) for n in grammar.nonterminals.values())
    for record in records:
        assert record["methods"]
        assert len(record["formulas"]) == 5
        assert len(record["samples"]) == min(3, sum(record["formulas"]))
        for found in record["samples"]:
            parse(found["formula"])


def test_the_table_shows_rules_sizes_and_samples_that_the_seed_repeats(capsys):
    def shown(seed):
        assert main(["grammar", "dpo", "--seed", seed]) == 0
        return capsys.readouterr().out

    first = shown("1")
    assert "every one proved" in first
    assert "push - c*tanh(push/c)" in first
    assert first == shown("1") != shown("2")


def test_random_formulas_are_printed_on_one_line_each(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "40")
    assert main(["grammar", "lpo", "--max-cost", "5", "--samples", "20"]) == 0
    lines = capsys.readouterr().out.rstrip().splitlines()
    assert lines[-21].startswith("Random formulas of drift")
    for line in lines[-20:]:
        cost, formula = line.split(maxsplit=1)
        assert 0 <= int(cost) <= 5
        parse(formula)
    assert max(map(len, lines[-20:])) > 40


def test_what_is_not_used_is_mentioned(capsys, tmp_path):
    path = tmp_path / "mine.grammar"
    path.write_text("include dpo\nconstant q in 1 .. 2\nspare : drift\n = drift @ 1\n")
    assert main(["grammar", str(path), "--json"]) == 0
    assert "not used by drift: q, spare" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["nope"], "unknown grammar 'nope'"),
        (["dpo", "--samples", "-1"], "samples: -1"),
        (["dpo", "--max-cost", "99"], "max_cost: 99"),
    ],
)
def test_a_mistake_is_one_line(capsys, args, message):
    assert main(["grammar", *args]) == 2
    assert message in capsys.readouterr().err


def test_a_rule_that_is_not_proved_is_told_with_file_and_line(capsys, tmp_path):
    path = tmp_path / "mine.grammar"
    path.write_text("include dpo\nextend drift = 0 - half @ 1\n")
    assert main(["grammar", str(path)]) == 2
    assert "mine.grammar, line 2: drift = 0 - half does not keep 'nonnegative': at r = " in capsys.readouterr().err
