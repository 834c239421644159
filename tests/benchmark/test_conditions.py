"""Conditions: labels, products of sweeps, and one line for a mistake."""

import pytest

from discovery.benchmark.conditions import conditions, parse_sweep
from discovery.rl.config import PPOConfig


def test_without_a_sweep_a_condition_is_an_environment():
    found = conditions({"a": PPOConfig(), "b": PPOConfig(gamma=0.5)}, {})
    assert list(found) == ["a", "b"]
    assert found["b"].config.gamma == 0.5
    assert found["b"].swept == {}


def test_several_sweeps_give_their_product():
    sweep = parse_sweep(["learning-rate=1e-4,3e-3", "update_epochs=1,8"])
    assert sweep == {"learning_rate": [1e-4, 3e-3], "update_epochs": [1, 8]}
    found = conditions({"a": PPOConfig()}, sweep)
    assert list(found) == [
        f"a[learning_rate={rate},update_epochs={epochs}]" for rate in ("0.0001", "0.003") for epochs in (1, 8)
    ]
    assert all(condition.config.learning_rate == condition.swept["learning_rate"] for condition in found.values())
    assert {condition.config.update_epochs for condition in found.values()} == {1, 8}


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        (["learning_rat=1"], "no number setting 'learning_rat'; did you mean learning_rate?"),
        (["activation=1"], "no number setting 'activation'"),
        (["normalise_obs=1"], "no number setting 'normalise_obs'"),
        (["learning_rate"], "values must be numbers separated by commas; got ''"),
        (["learning_rate=1e-3,x"], "got 'x'"),
        (["learning_rate=nan"], "got 'nan'"),
        (["num_envs=2.5"], "values must be whole numbers"),
        (["gamma=0.5,0.50"], "has a value twice"),
        (["gamma=0.5", "gamma=0.6"], "gives gamma twice"),
    ],
)
def test_a_mistake_is_one_line(texts, message):
    with pytest.raises(ValueError, match=message.replace("?", r"\?")):
        parse_sweep(texts)


def test_values_that_the_inner_loop_refuses_name_the_condition():
    with pytest.raises(ValueError, match=r"--sweep num_minibatches=3 on a: num_minibatches must be a divisor"):
        conditions({"a": PPOConfig()}, parse_sweep(["num_minibatches=3"]))
