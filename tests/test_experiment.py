"""Presets: every one loads, survives a manifest, and wrong names are told with the nearest."""

import json

import pytest

from discovery.experiment import DEFAULT_PRESET, Experiment, load_preset, preset_names


@pytest.mark.parametrize("name", preset_names())
def test_a_preset_survives_a_manifest(name):
    experiment = load_preset(name)
    assert Experiment.from_json(json.loads(json.dumps(experiment.to_json()))) == experiment


def test_the_default_preset_exists():
    assert DEFAULT_PRESET in preset_names()
    assert load_preset(DEFAULT_PRESET).task == ("Pendulum-v1",)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"pp": {}}, "unknown section 'pp'; did you mean ppo"),
        ({"ppo": {"gama": 1}}, r"unknown key of \[ppo\] 'gama'; did you mean gamma"),
        ({"train": {"population": 7}}, "population must be an even number"),
        ({"train": {"population": "x"}}, r"a value in \[train\] is of the wrong type"),
        ({"train": 3}, "section 'train' must hold settings"),
        ({"bench": {"metric": "best"}}, "metric must be one of auc, final"),
    ],
)
def test_mistakes_in_a_preset(data, message):
    with pytest.raises(ValueError, match=message):
        Experiment.from_json(data)


def test_unknown_presets_get_the_nearest():
    with pytest.raises(ValueError, match="did you mean cartpole"):
        load_preset("cartpol")
