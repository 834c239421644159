"""Meta-training settings: mistakes told in one line, and one list of variants."""

import pytest

from discovery.drifts import neural
from discovery.drifts.variants import ACTIVATIONS, VARIANTS
from discovery.metatrain.config import MetaTrainConfig


@pytest.mark.parametrize(
    "field",
    [
        {"population": 7},
        {"population": 0},
        {"variant": "dpo"},
        {"activation": "elu"},
        {"fitness": "best"},
        {"sigma": 0.0},
        {"sigma_decay": 1.5},
        {"learning_rate": -1.0},
        {"generations": 0},
        {"evaluate_every": -1},
        {"checkpoint_every": 0},
        {"evaluate_seeds": 0},
        {"seed": -1},
        {"es": "sgd"},
        {"shaping": "none"},
        {"weight_decay": 1.0},
        {"adam_b1": 1.0},
        {"memory_gib": -1.0},
        {"keep_checkpoints": 0},
    ],
)
def test_a_mistake_names_field_and_value_in_one_line(field):
    ((name, value),) = field.items()
    with pytest.raises(ValueError, match=name) as caught:
        MetaTrainConfig(**field)
    assert repr(value) in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("variant", VARIANTS)
def test_the_settings_know_which_drifts_see_progress(variant):
    assert MetaTrainConfig(variant=variant).sees_progress == neural.neural_drift(variant).sees_progress


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_the_settings_refuse_what_the_drift_refuses(variant, activation):
    told = []
    for build in (
        lambda **given: MetaTrainConfig(**given),
        lambda variant, **given: neural.neural_drift(variant, **given),
    ):
        try:
            build(variant=variant, activation=activation)
        except ValueError as error:
            told.append(str(error))
    assert len(told) in (0, 2)
    assert bool(told) == (activation == "relu" and variant.endswith("residual"))
