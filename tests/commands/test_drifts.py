"""What a drift's name means."""

from discovery.commands.drifts import resolve_drift
from discovery.drifts.zoo import ZOO


def test_a_folder_does_not_hide_a_name_of_the_zoo(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "none").mkdir()
    assert resolve_drift("none").expr == ZOO["none"].expr
