"""Metrics in files and elsewhere."""

import csv
import struct
import sys
from types import SimpleNamespace

import pytest

from discovery.report.metrics import csv_sink, tensorboard_sink, wandb_sink
from tests.report.records import NAN, record

ENVS = ("CartPole-v1", "Pendulum-v1")


def rows_of(path):
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


def written(path, generations, **options):
    with csv_sink(path, **options) as write:
        for g in generations:
            write(record(g, judged=g % 4 == 0, envs=ENVS))
    return rows_of(path)


def test_a_row_is_on_the_disk_as_soon_as_it_is_written(tmp_path):
    with csv_sink(tmp_path / "metrics.csv") as write:
        for g in range(3):
            write(record(g, judged=g == 0, envs=ENVS, sigma=0.1 + 0.2))
            rows = rows_of(tmp_path / "metrics.csv")
            assert [row["generation"] for row in rows] == [str(each) for each in range(g + 1)]
    first, second, _ = rows
    assert (first["fitness_median"], first["held_out"], first["held_out_ppo"]) == ("nan", "100.0", "450.25")
    assert (second["fitness_median"], second["held_out"]) == ("201.5", "")  # not judged
    assert second["Pendulum-v1/fitness_median"] == "201.5"
    assert first["CartPole-v1/held_out_none"] == "98.75"
    assert float(first["sigma"]) == 0.1 + 0.2  # no digit is lost
    assert "by_env" not in first


@pytest.mark.parametrize("cut", [0, 1, 5, 40])
@pytest.mark.parametrize("earlier", [9, 6, 7])
def test_going_on_after_a_kill_leaves_the_file_of_an_uninterrupted_run(tmp_path, cut, earlier):
    whole, killed = tmp_path / "whole.csv", tmp_path / "killed.csv"
    written(whole, range(13))
    written(killed, range(earlier))
    with open(killed, "ab") as file:  # the line that the kill cut short
        file.write(whole.read_bytes().splitlines(keepends=True)[earlier + 1][:cut])
    written(killed, range(6, 13), first_generation=6)
    assert killed.read_bytes() == whole.read_bytes()


def test_a_new_run_keeps_nothing_of_the_file_before(tmp_path):
    path = tmp_path / "metrics.csv"
    written(path, range(5))
    assert [row["generation"] for row in written(path, range(2))] == ["0", "1"]


@pytest.mark.parametrize("damage", [b"", b"gener", b"something,else\n1,2\n", b"generation\nx\n", b"\x00\xff\x00\n"])
def test_a_damaged_file_is_begun_again(tmp_path, damage):
    path = tmp_path / "metrics.csv"
    path.write_bytes(damage)
    assert [row["generation"] for row in written(path, range(4, 6), first_generation=4)] == ["4", "5"]


def test_a_number_that_was_cut_short_is_not_kept(tmp_path):
    path = tmp_path / "metrics.csv"
    with csv_sink(path) as write:
        for g in range(6):
            write({"generation": g, "sigma": 0.125})
    path.write_bytes(path.read_bytes()[:-2])  # 0.12 in the last row
    assert [row["generation"] for row in written(path, [6], first_generation=6)] == ["0", "1", "2", "3", "4", "6"]


def test_rows_after_a_damaged_line_are_dropped(tmp_path):
    path = tmp_path / "metrics.csv"
    written(path, range(6))
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([*lines[:3], b"2,\n", *lines[4:]]))
    assert [row["generation"] for row in written(path, [6], first_generation=6)] == ["0", "1", "6"]


def test_a_new_column_is_added_to_the_rows_before(tmp_path):
    path = tmp_path / "metrics.csv"
    with csv_sink(path) as write:
        write(record(1))
        write(record(2, envs=("a,b",), truncated=3))
        write(record(3))
    rows = rows_of(path)
    assert [row["truncated"] for row in rows] == ["", "3", ""]
    assert [row["a,b/fitness_median"] for row in rows] == ["", "202.5", ""]
    assert [row["fitness_median"] for row in rows] == ["201.5", "202.5", "203.5"]


def crc32c(data):
    """Castagnoli's checksum, bit by bit."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def masked(data):
    crc = crc32c(data)
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


def events_of(path):
    """The events of a file of TFRecords: length, its checksum, data, its checksum."""
    from tensorboardX.proto.event_pb2 import Event

    data, found = path.read_bytes(), []
    while data:
        (length,) = struct.unpack("<Q", data[:8])
        assert struct.unpack("<I", data[8:12])[0] == masked(data[:8])
        body, data = data[12 : 12 + length], data[12 + length :]
        assert struct.unpack("<I", data[:4])[0] == masked(body)
        data = data[4:]
        found.append(Event.FromString(body))
    return found


def scalars_of(path):
    return {(value.tag, event.step): value.simple_value for event in events_of(path) for value in event.summary.value}


def test_tensorboard_gets_every_scalar_that_there_is(tmp_path):
    with tensorboard_sink(tmp_path) as write:
        for g in range(3):
            write(record(g, judged=g == 0, envs=ENVS, env_steps_per_second=2e5, held_out_none=NAN if g == 0 else None))
            (path,) = tmp_path.iterdir()
            assert ("es/sigma", g) in scalars_of(path)  # before it is closed
    found = scalars_of(path)
    assert found["held_out/network", 0] == 100.0
    assert found["held_out/ppo", 0] == 450.25
    assert found["env/Pendulum-v1/held_out", 0] == 100.0
    assert found["fitness/median", 2] == 202.5
    assert found["speed/env_steps_per_second", 2] == 2e5
    assert found["env/CartPole-v1/fitness_median", 1] == 201.5
    left_out = {("fitness/median", 0), ("held_out/none", 0), ("held_out/network", 1), ("env/Pendulum-v1/held_out", 1)}
    assert not left_out & set(found)


def test_a_resumed_run_supersedes_what_tensorboard_was_told_after_the_checkpoint(tmp_path):
    for first in (0, 6):
        with tensorboard_sink(tmp_path, first_generation=first) as write:
            write(record(first))
    before, after = sorted(tmp_path.iterdir(), key=lambda path: "from6" in path.name)
    assert ("es/sigma", 0) in scalars_of(before)
    starts = [event.step for event in events_of(after) if event.HasField("session_log")]
    assert starts == [6]
    assert events_of(after)[0].file_version == "brain.Event:2"  # without it TensorBoard ignores the start


class FakeWandb:
    """As much of wandb as is used, writing down what it is told."""

    Error = type("Error", (Exception,), {})

    def __init__(self, refuses=None):
        self.calls, self._refuses = [], refuses

    def Settings(self, **settings):  # noqa: N802
        return settings

    def init(self, **options):
        if self._refuses:
            raise self.Error(self._refuses)
        self.calls.append(("init", options))
        return SimpleNamespace(
            log=lambda values, step: self.calls.append(("log", step, values)),
            finish=lambda exit_code: self.calls.append(("finish", exit_code)),
        )


def test_weights_and_biases_is_told_everything(monkeypatch, tmp_path):
    fake = FakeWandb()
    monkeypatch.setitem(sys.modules, "wandb", fake)
    with wandb_sink("drifts", "quick-1", {"seed": 3}, folder=tmp_path) as write:
        write(record(0, judged=True))
        write(record(1))
    (_, options), (_, first, start), (_, second, values), finish = fake.calls
    assert options["project"] == "drifts"
    assert options["name"] == options["id"] == "quick-1"
    assert options["config"] == {"seed": 3}
    assert options["dir"] == str(tmp_path)
    assert options["resume"] == "allow"
    assert options["settings"] == {"console": "off"}
    assert (first, second, finish) == (0, 1, ("finish", 0))
    assert start["held_out/network"] == 100.0
    assert "fitness/median" not in start
    assert values["fitness/median"] == 201.5
    assert "held_out/network" not in values


def test_a_run_that_fails_is_marked_as_failed(monkeypatch):
    fake = FakeWandb()
    monkeypatch.setitem(sys.modules, "wandb", fake)
    with pytest.raises(KeyboardInterrupt), wandb_sink("drifts", "quick-1", {}):
        raise KeyboardInterrupt
    assert fake.calls[-1] == ("finish", 1)


def test_without_weights_and_biases_one_line_says_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "wandb", None)  # as Python marks what cannot be imported
    line = r"^Weights & Biases is not installed; install it with: pip install 'drift-discovery\[wandb\]'$"
    with pytest.raises(ValueError, match=line), wandb_sink("drifts", "quick-1", {}):
        pass


def test_what_weights_and_biases_refuses_is_told_in_one_line(monkeypatch):
    monkeypatch.setitem(sys.modules, "wandb", FakeWandb(refuses="No API key\nconfigured."))
    line = r"^Weights & Biases refuses the run: No API key configured; log in with.*$"
    with pytest.raises(ValueError, match=line), wandb_sink("drifts", "quick-1", {}):
        pass
