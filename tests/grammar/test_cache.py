"""Lemmas and skeletons are kept on disk; a cache that cannot be used is no cache."""

import gzip
import time

import pytest

from discovery.grammar import lemmas
from discovery.grammar.enumerate import enumerate_skeletons
from discovery.grammar.grammar import load_grammar, read_grammar
from tests.grammar.test_bad_grammars import GOOD


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("DRIFT_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def proved(monkeypatch):
    """The rules that are proved anew."""
    found = []
    original = lemmas._proved

    def counting(grammar, nonterminal, production):
        found.append(str(production))
        return original(grammar, nonterminal, production)

    monkeypatch.setattr(lemmas, "_proved", counting)
    return found


def test_a_lemma_is_proved_once(folder, proved):
    first = read_grammar(GOOD)
    assert proved == ["c*(r - 1)**2"]
    assert read_grammar(GOOD).lemmas == first.lemmas
    assert len(proved) == 1


@pytest.mark.parametrize("change", [("0.1 ..", "0.2 .."), ("**2", "**4"), (": drift", ": drift, free of A")])
def test_what_the_lemma_depends_on_makes_it_another_lemma(folder, proved, change):
    read_grammar(GOOD)
    read_grammar(GOOD.replace(*change))
    assert len(proved) == 2


def test_another_version_of_the_prover_proves_again(folder, proved, monkeypatch):
    read_grammar(GOOD)
    monkeypatch.setattr(lemmas, "VERSION", lemmas.VERSION + 1)
    read_grammar(GOOD)
    assert len(proved) == 2


@pytest.mark.parametrize(
    "damage",
    [b"", b"not gzip", gzip.compress(b"[1, 2", mtime=0), gzip.compress(b"[1]", mtime=0), gzip.compress(b"{}", mtime=0)],
)
def test_a_damaged_cache_is_ignored_and_replaced(folder, proved, damage):
    read_grammar(GOOD)
    (folder / "lemmas.json.gz").write_bytes(damage)
    read_grammar(GOOD)
    assert len(proved) == 2
    read_grammar(GOOD)
    assert len(proved) == 2


def test_a_folder_that_cannot_be_written_is_no_error(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("DRIFT_CACHE_DIR", str(tmp_path / "file" / "below"))
    assert read_grammar(GOOD).start == "d"


def test_loading_with_a_warm_cache_is_quick(folder):
    load_grammar("lpo")
    start = time.process_time()
    load_grammar("lpo")
    assert time.process_time() - start < 0.2


@pytest.mark.parametrize("name", ["lpo", "free", "temporal"])
def test_skeletons_from_disk_are_those_that_were_enumerated(folder, name):
    grammar = load_grammar(name)
    first = enumerate_skeletons(grammar, 5)
    kept = sorted(folder.glob("skeletons-*"))
    assert kept
    again = enumerate_skeletons(grammar, 5)
    for kind in grammar.nonterminals:
        assert again[kind] == first[kind]
        derived = [[(s.production, s.parts, s.order) for s in found[kind]] for found in (first, again)]
        assert derived[0] == derived[1]
    for path in kept:
        path.write_bytes(gzip.compress(b'{"nodes": [["r"]], "types": {}}'))
    assert enumerate_skeletons(grammar, 5) == first
