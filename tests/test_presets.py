"""What presets say of themselves is what their settings come to."""

import re
from importlib import resources
from pathlib import Path

import pytest

from discovery.experiment import load_preset, preset_names

GUIDE = Path(__file__).parents[1] / "docs" / "meta-training.md"


def told_cost(name):
    """Environment steps of meta-training and, with the judgements of the mean, of none and of ppo, in two digits."""
    experiment = load_preset(name)
    config, steps = experiment.train, sum(experiment.ppo_of(task).env_steps for task in experiment.task)
    last, every = config.generations, config.evaluate_every
    judgements = 2 + sum(generation % every == 0 or generation == last for generation in range(last + 1))
    trained = last * config.population * config.seeds_per_member * steps
    costs = trained, trained + judgements * config.evaluate_seeds * steps
    return tuple(f"{cost:.1e}".replace("e+0", "e").replace("e+", "e") for cost in costs)


@pytest.mark.parametrize("name", [name for name in preset_names() if name != "smoke"])
def test_comments_and_guide_tell_the_cost(name):
    training, judged = told_cost(name)
    text = (resources.files("discovery") / "presets" / f"{name}.toml").read_text()
    assert re.findall(r"= (\S+) environment steps", text) == [training]
    assert re.findall(r"with judging ([\de.]+\d)", text) == [judged]
    assert "# Source: " in text
    assert re.search(r"# Time: .* on two cores.* GPU", text)
    (row,) = [line for line in GUIDE.read_text().splitlines() if line.startswith(f"| `{name}` |")]
    assert row.endswith(f"| {judged} |")
