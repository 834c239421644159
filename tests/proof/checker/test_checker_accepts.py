"""Certificates written by hand: right ones are accepted, and each of their parts matters."""

import json
import time
from contextlib import suppress

import pytest
from hand_certificates import ACCEPTED, changed

from discovery.proof.checker import Rejected, check, check_file


@pytest.mark.parametrize("name", ACCEPTED)
def test_a_right_certificate_is_accepted(name, tmp_path):
    certificate = ACCEPTED[name]
    expected = certificate["verdict"]
    assert check(certificate) == expected
    path = tmp_path / "certificate.json"
    path.write_text(json.dumps(certificate))
    assert check_file(path) == expected


def paths(data, path=()):
    yield path
    if isinstance(data, dict | list):
        for key in data if isinstance(data, dict) else range(len(data)):
            yield from paths(data[key], (*path, key))


@pytest.mark.parametrize("name", ACCEPTED)
def test_no_key_may_be_missing_and_none_added(name):
    for path in paths(ACCEPTED[name]):
        at = ACCEPTED[name]
        for key in path:
            at = at[key]
        # names of symbols, generators, surfaces are keys of another kind
        if isinstance(at, dict) and not {"map", "surfaces", "obligations"} & set(path) and "format" not in path[-1:]:
            if path and isinstance(path[-1], int) and path[-1] == 1 and "proof" in path:
                continue  # the exponents of a monomial
            for key in at:
                with pytest.raises(Rejected):
                    check(changed(ACCEPTED[name], (*path, key), ...))
            with pytest.raises(Rejected):
                check(changed(ACCEPTED[name], (*path, "extra"), 1))


WRONG = (None, True, 7, 1.5, float("nan"), "(", "", [], {}, [[]], "r" * 50_000, "(" * 5_000, {"rule": "range"})


@pytest.mark.parametrize("name", ACCEPTED)
def test_no_value_of_another_type_is_a_crash(name):
    for i, path in enumerate(list(paths(ACCEPTED[name]))[1:]):
        for value in (WRONG[i % len(WRONG)], WRONG[(5 * i + 1) % len(WRONG)]):
            with suppress(Rejected):
                check(changed(ACCEPTED[name], path, value))


def test_rubbish_is_rejected(tmp_path):
    cyclic = []
    cyclic.append(cyclic)
    for data in (None, 1, "x", [], {}, cyclic, {"verdict": cyclic}, {1: 2}, {"verdict": "proved"}, float("inf")):
        with pytest.raises(Rejected):
            check(data)
    path = tmp_path / "file.json"
    for text in ("", "[" * 100_000, '{"a": NaN}', '{"verdict": "proved", "verdict": "proved"}', "\x00", "-1e400000000"):
        path.write_text(text)
        with pytest.raises(Rejected):
            check_file(path)
    with pytest.raises(Rejected):
        check_file(tmp_path / "missing.json")


def test_a_duplicate_key_in_a_right_file_is_rejected(tmp_path):
    path = tmp_path / "file.json"
    text = json.dumps(ACCEPTED["chi2 range"])
    path.write_text(text.replace('"rule": "range"', '"rule": "range", "rule": "range"'))
    with pytest.raises(Rejected, match="twice"):
        check_file(path)


def test_the_path_is_said():
    spoilt = changed(ACCEPTED["kl"], ("nonnegative", "below", "proof", "slope", "poly", 0, 0), "-1")
    with pytest.raises(Rejected) as caught:
        check(spoilt)
    assert str(caught.value).startswith("nonnegative: split")


def test_speed():
    for name in ("kl", "ppo", "dpo", "huber", "smooth"):
        seconds = []
        for _ in range(5):
            start = time.perf_counter()
            check(ACCEPTED[name])
            seconds.append(time.perf_counter() - start)
        assert min(seconds) < 0.3, name  # the others may have been interrupted
