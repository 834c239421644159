"""Suites hold published settings and nothing else."""

from dataclasses import replace

import pytest

from discovery.benchmark.suites import SUITES, suite_settings
from discovery.rl.tuned import tuned


@pytest.mark.parametrize("suite", SUITES)
def test_a_suite_changes_nothing_of_the_published_settings_but_the_number_of_steps(suite):
    for env, settings in suite_settings(suite).items():
        assert settings == replace(tuned(env), total_steps=settings.total_steps)
        assert settings.total_steps <= tuned(env).total_steps


def test_an_unknown_suite_is_told_with_the_nearest():
    with pytest.raises(ValueError, match=r"unknown suite 'clasic'; did you mean classic\? \(allowed: quick, classic,"):
        suite_settings("clasic")
