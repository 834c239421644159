"""Selection rules on fronts whose answer is plain."""

import pytest

from discovery.expression.node import ONE
from discovery.regression.front import Candidate
from discovery.regression.select import selected


def front(*pairs):
    return [Candidate(ONE, complexity, error, error, error) for complexity, error in pairs]


@pytest.mark.parametrize("rule", ["best", "knee", "accuracy"])
def test_an_exact_formula_wins_under_every_rule(rule):
    assert selected(front((1, 1.0), (5, 0.2), (9, 1e-30)), rule, ties=1.1) == 2


def test_the_tail_of_a_network_does_not_win():
    tail = front((1, 1.0), (9, 0.1), (34, 9e-4), (36, 7e-5), (38, 6e-5), (58, 5e-5), (81, 4.9e-5))
    assert selected(tail, "best", ties=1.1) == 3
    assert selected(tail, "knee", ties=1.1) == 3
    assert selected(tail, "accuracy", ties=1.1) == 5
    assert selected(tail[:3], "best", ties=1.1) == 2


def test_best_does_not_take_a_short_formula_that_is_far_off():
    members = front((1, 1.0), (2, 0.02), (20, 0.01), (22, 0.0095))
    assert selected(members, "knee", ties=1.1) == 1
    assert selected(members, "best", ties=1.1) == 2


def test_best_prefers_an_exact_formula_to_one_that_is_nearly_so():
    assert selected(front((1, 1.0), (5, 1e-5), (9, 1e-20)), "best", ties=1.1) == 2
    assert selected(front((1, 1.0), (5, 1e-5), (9, 1e-6)), "best", ties=1.1) == 1


def test_ties_go_to_the_simpler_one():
    assert selected(front((1, 1.0), (9, 0.0105), (30, 0.01)), "accuracy", ties=1.1) == 1
    assert selected(front((5, 0.5)), "best", ties=1.1) == 0
