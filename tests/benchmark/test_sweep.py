"""Sweeps: nothing is trained twice, nothing is lost, and a row is the drift trained alone."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import jax
import numpy as np
import pytest

from discovery.benchmark import executors, jobs
from discovery.benchmark.conditions import conditions
from discovery.benchmark.executors import Workplace, in_process
from discovery.benchmark.jobs import Job, JobResult, own_versions
from discovery.benchmark.store import Series, Store, cell_name
from discovery.benchmark.sweep import Request, run_sweep
from discovery.drifts.lowering import lower
from discovery.drifts.neural import neural_drift
from discovery.drifts.spec import formula_spec, network_spec
from discovery.drifts.zoo import ZOO
from discovery.rl.config import PPOConfig
from discovery.rl.ppo import make_train
from discovery.rl.seeds import Stream, stream_keys
from discovery.rl.task import make_task
from discovery.runs import Run

TINY = PPOConfig(total_steps=1024, num_envs=4, num_steps=64, update_epochs=2, num_minibatches=2, hidden=(8,))
FORM = {"variant": "residual", "width": 4, "xi": 1e-4, "clip_eps": 0.2, "activation": "tanh"}
SPECS = {name: formula_spec(ZOO[name].expr) for name in ("none", "ppo", "dpo")}


def request(seeds=4, drifts=("none", "ppo"), env="CartPole-v1", sweep=None, config=TINY):
    found = conditions({env: config}, sweep or {})
    return Request(conditions=found, drifts={name: SPECS[name] for name in drifts}, seeds=seeds, seed=0)


@pytest.fixture
def run(tmp_path):
    return Run.create(tmp_path, "bench", {})


@pytest.fixture
def trained(monkeypatch):
    """The jobs that were run, by a stand-in whose curves tell seed, drift and learning rate."""
    ran: list[Job] = []

    def run_job(job: Job) -> JobResult:
        ran.append(job)
        seeds = np.arange(job.first, job.last)
        curves = np.array(
            [seeds + 1000.0 * job.config.learning_rate + len(str(job.drifts[i].text)) for i in job.trained]
        )
        curves = np.repeat(curves[..., None], job.config.num_updates, axis=-1).astype(np.float32)
        return JobResult(curves, {"entropy": curves[..., :2]}, 2.0, job.size * job.config.env_steps, own_versions())

    monkeypatch.setattr(executors, "run_job", run_job)
    return ran


def sweep(asked, run, problem=pytest.fail, **callbacks):
    """Jobs one after the other, so that their order is known."""
    with executors.ThreadExecutor(1) as executor:
        place = Workplace(executor, in_flight=lambda: 2, together=False, problem=problem)
        return run_sweep(asked, Store(run, problem), place, **callbacks)


@pytest.fixture(scope="module")
def real(tmp_path_factory):
    """A request with a network and a last chunk that is not full, its matrix, and what its programs cost."""
    asked = request(seeds=18)
    network = network_spec(FORM, neural_drift(**FORM).init(jax.random.key(1)))
    asked = replace(asked, drifts={**asked.drifts, "network": network})
    jobs._program.cache_clear()
    with in_process(pytest.fail) as place:
        store = Store(Run.create(tmp_path_factory.mktemp("real"), "bench", {}), pytest.fail)
        matrix = run_sweep(asked, store, place)["CartPole-v1"]
    return asked, matrix, jobs._program.cache_info()


def test_one_program_serves_every_drift_and_chunk(real):
    _, matrix, programs = real
    assert (programs.misses, programs.hits) == (1, 5)
    assert len({values.tobytes() for values in matrix.curves.values()}) == 3
    assert matrix.curves["ppo"].shape == (18, TINY.num_updates)
    assert matrix.diagnostics["ppo"]["approx_kl"].shape == (18, TINY.num_updates)
    assert matrix.env_steps_per_second > 0


def test_a_row_is_the_drift_trained_alone(real):
    _, matrix, _ = real
    keys = stream_keys(0, Stream.BENCHMARK, 18)
    alone = jax.jit(make_train(make_task("CartPole-v1"), TINY, lower(ZOO["ppo"].expr)))
    for seed in (0, 17):
        np.testing.assert_allclose(matrix.curves["ppo"][seed, :2], alone(keys[seed], ()).returns[:2], rtol=1e-3)


def test_together_and_one_by_one_agree(real, run):
    """What an accelerator does, all drifts in one job, against what a processor does."""
    asked, alone, _ = real
    with ThreadPoolExecutor(1) as executor:
        place = Workplace(executor, in_flight=lambda: 1, together=True, problem=pytest.fail)
        together = run_sweep(asked, Store(run, pytest.fail), place)["CartPole-v1"]
    for name in asked.drifts:
        np.testing.assert_allclose(together.curves[name][:, :2], alone.curves[name][:, :2], rtol=1e-3)


def test_a_finished_sweep_trains_nothing_again(run, trained):
    first = sweep(request(seeds=20), run)
    assert len(trained) == 4
    again = sweep(request(seeds=20), Run.open(run.path))
    assert len(trained) == 4
    for name in ("none", "ppo"):
        np.testing.assert_array_equal(first["CartPole-v1"].curves[name], again["CartPole-v1"].curves[name])


def test_a_wider_sweep_trains_only_what_is_new(run, trained):
    sweep(request(seeds=4), run)
    trained.clear()
    wide = sweep(request(seeds=20, drifts=("none", "ppo", "dpo"), sweep={"learning_rate": [0.01, 0.1]}), run)
    base = [job for job in trained if job.config == TINY]
    assert [(job.trained, job.first, job.last) for job in base] == [
        ((0,), 4, 16), ((0,), 16, 20), ((1,), 4, 16), ((1,), 16, 20), ((2,), 0, 16), ((2,), 16, 20),
    ]  # fmt: skip
    assert len(trained) == len(base) + 3 * 2
    curves = wide["CartPole-v1[learning_rate=0.01]"].curves["none"]
    np.testing.assert_array_equal(curves[:, 0] - curves[0, 0], np.arange(20))
    trained.clear()
    narrow = sweep(request(seeds=3), run)["CartPole-v1"]  # narrower again: the cells are cut
    assert trained == []
    np.testing.assert_array_equal(narrow.curves["none"], curves[:3])


def test_a_drift_under_two_names_is_trained_once(run, trained):
    asked = replace(request(), drifts={"ppo": SPECS["ppo"], "relu(...)": SPECS["ppo"]})
    matrix = sweep(asked, run)["CartPole-v1"]
    assert len(trained) == 1
    np.testing.assert_array_equal(matrix.curves["ppo"], matrix.curves["relu(...)"])


@pytest.mark.parametrize("damage", ["altered", "missing"])
def test_a_damaged_cell_is_told_set_aside_and_computed_again(run, trained, damage):
    asked = request()
    expected = sweep(asked, run)["CartPole-v1"]
    name = cell_name(Series(SPECS["ppo"], "CartPole-v1", TINY, 0, Stream.BENCHMARK).digest(), 0, 4)
    (run.path / name).write_bytes(b"0") if damage == "altered" else (run.path / name).unlink()
    trained.clear()
    told = []
    found = sweep(asked, Run.open(run.path), told.append)["CartPole-v1"]
    assert [job.trained for job in trained] == [(1,)]
    assert len(told) == 1
    assert name in told[0]
    assert (run.path / f"{name}.damaged").exists() == (damage == "altered")
    np.testing.assert_array_equal(found.curves["ppo"], expected.curves["ppo"])
    assert Run.open(run.path).read_arrays(name)


def test_what_is_finished_before_a_failure_is_kept(run, trained, monkeypatch):
    sound = executors.run_job

    def failing(job):
        if job.trained == (1,):
            raise MemoryError("out of memory")
        return sound(job)

    monkeypatch.setattr(executors, "run_job", failing)
    matrices = []
    with pytest.raises(MemoryError):
        sweep(request(), run, finished=matrices.append)
    assert matrices == []
    monkeypatch.setattr(executors, "run_job", sound)
    trained.clear()
    sweep(request(), Run.open(run.path), finished=matrices.append)
    assert [job.trained for job in trained] == [(1,)]
    assert [matrix.label for matrix in matrices] == ["CartPole-v1"]


def test_conditions_are_told_as_soon_as_they_are_finished(run, trained):
    """And the progress says what is in work."""
    events = []
    asked = request(sweep={"learning_rate": [0.1, 0.2]})
    sweep(asked, run, finished=lambda m: events.append(m.label), progress=lambda p: events.append(p))
    second = events.index("CartPole-v1[learning_rate=0.2]")
    assert events.index("CartPole-v1[learning_rate=0.1]") < second
    assert events[0].working == "none on CartPole-v1[learning_rate=0.1]"
    assert any(event.done == 3 for event in events[:second] if not isinstance(event, str))
    assert (events[-1].done, events[-1].total, events[-1].working) == (4, 4, "")


def test_other_versions_of_a_worker_are_told_once(run, trained, monkeypatch):
    sound = executors.run_job
    monkeypatch.setattr(executors, "run_job", lambda job: sound(job)._replace(versions={"jax": "0.0.1"}))
    told = []
    with in_process(told.append) as place:
        run_sweep(request(), Store(run, pytest.fail), place)
    assert len(told) == 1
    assert "jax 0.0.1" in told[0]


def test_an_address_holds_all_that_determines_the_result():
    """The address of a cell changes with each part of it, and not with what does not matter."""
    base = Series(SPECS["ppo"], "CartPole-v1", TINY, 0, Stream.BENCHMARK)
    params = neural_drift(**FORM).init(jax.random.key(1))
    network = network_spec(FORM, params)
    others = [
        base,
        replace(base, spec=SPECS["dpo"]),
        replace(base, spec=network),
        replace(base, spec=network_spec({**FORM, "xi": 0.1}, params)),
        replace(base, spec=network_spec(FORM, {**params, "w2": -params["w2"]})),
        replace(base, env="Pendulum-v1"),
        replace(base, config=replace(TINY, gamma=0.5)),
        replace(base, seed=1),
        replace(base, stream=Stream.SELECTION),
    ]
    assert len({series.digest() for series in others}) == len(others)
    assert len({cell_name(base.digest(), 0, last) for last in (1, 2)} | {cell_name(base.digest(), 1, 2)}) == 3
    same = network_spec(dict(reversed(FORM.items())), {"w2": np.asarray(params["w2"]), "w1": np.asarray(params["w1"])})
    assert replace(base, spec=same).digest() == replace(base, spec=network).digest()


def test_a_network_as_plain_data_is_the_network():
    drift = neural_drift(**FORM)
    params = drift.init(jax.random.key(1))
    built, weights = network_spec(FORM, params).build()
    ratio, advantage = np.linspace(0.5, 2, 9, dtype=np.float32), np.linspace(-2, 2, 9, dtype=np.float32)
    np.testing.assert_array_equal(built.apply(weights, ratio, advantage), drift.apply(params, ratio, advantage))


def test_keys_depend_on_their_index_alone():
    every = jax.random.key_data(stream_keys(3, Stream.BENCHMARK, 20))
    part = jax.random.key_data(stream_keys(3, Stream.BENCHMARK, 4, first=16))
    np.testing.assert_array_equal(every[16:], part)
