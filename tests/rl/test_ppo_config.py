"""PPO settings: derived sizes, and mistakes told in one line."""

import pytest

from discovery.rl.config import PPOConfig


def test_derived_sizes():
    config = PPOConfig(total_steps=1100, num_envs=4, num_steps=25, num_minibatches=2)
    assert (config.batch_size, config.num_updates, config.env_steps) == (100, 11, 1100)
    assert PPOConfig(total_steps=1199, num_envs=4, num_steps=25).env_steps == 1100


def test_a_list_of_widths_becomes_hashable():
    assert hash(PPOConfig(hidden=[8, 8])) == hash(PPOConfig(hidden=(8, 8)))  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize(
    "field",
    [
        {"num_envs": 0},
        {"num_minibatches": 7},
        {"num_minibatches": 512},
        {"total_steps": 100},
        {"learning_rate": 0.0},
        {"gamma": 1.5},
        {"gae_lambda": -0.1},
        {"ent_coef": -1.0},
        {"hidden": ()},
        {"activation": "gelu"},
        {"reward_scale": 0.0},
        {"network": "resnet"},
        {"matmul": "float16"},
    ],
)
def test_a_mistake_names_field_and_value_in_one_line(field):
    ((name, value),) = field.items()
    with pytest.raises(ValueError, match=name) as caught:
        PPOConfig(**field)
    assert repr(value) in str(caught.value)
    assert "\n" not in str(caught.value)
