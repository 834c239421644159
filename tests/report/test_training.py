"""Meta-training on the screen."""

import io

import pytest
from rich.console import Console

from discovery.report import progress, training
from discovery.report.training import TrainingView, training_table
from tests.report.records import NAN, record


def drawn(view, width, height=40):
    screen = Console(record=True, width=width, file=io.StringIO())
    screen.print(view.render(width, height))
    return screen.export_text()


def view_of(done, *, every=4, generations=400, **changes):
    view = TrainingView(generations, evaluate_every=every, clock=lambda: 0.0)
    for g in range(done + 1):
        view.add(record(g, judged=g % every == 0, **changes))
    return view


def test_before_the_first_generation_it_compiles():
    assert "compiling" in drawn(TrainingView(40), 80)
    assert "compiling" in drawn(view_of(0), 80)
    assert "compiling" not in drawn(view_of(1), 80)


def test_the_table_tells_all_there_is():
    text = drawn(view_of(32), 120)
    rows = {line.split()[0]: line.split()[1:] for line in text.splitlines() if line.strip()[:1].isdigit()}
    assert list(rows) == [str(g) for g in range(23, 33)]
    assert rows["32"] == ["182.5", "212.5", "232.5", "252.5", "282.5", "420.0", "450.2", "98.8", "200"]
    assert rows["31"] == ["181.5", "211.5", "231.5", "251.5", "281.5", "-", "-", "-", "200"]
    assert "best held-out score 420.0 (ppo 450.2, none 98.8), of generation 32" in text
    assert "generation 32 of 400 · 200 env steps/s" in text
    assert f"about {5 * 368 // 3600}:{5 * 368 // 60:02}:{5 * 368 % 60:02} left" in text


@pytest.mark.parametrize("width", [60, 80, 120])
@pytest.mark.parametrize("score", [0.25, -13536.0, 123456.0])
def test_every_line_fits_and_no_number_is_cut(width, score):
    envs = ("CartPole-v1", "brax:inverted_double_pendulum")
    names = [f"fitness_{name}" for name in ("min", "low", "median", "high", "max")]
    names += ["held_out", "held_out_ppo", "held_out_none"]
    view = view_of(0, envs=envs)
    view.add(record(4, judged=True, envs=envs, **dict.fromkeys(names, score), env_steps_per_second=123456.0))
    text = drawn(view, width)
    assert "…" not in text
    assert max(map(len, text.splitlines())) <= width
    row = next(line for line in text.splitlines() if line.split()[:1] == ["4"])
    assert row.count(training.score_text(score)) == (8 if width >= 80 else 6)
    assert ("124k" in row or "123k" in row) == (width >= 80)


def test_two_lines_at_the_foot_are_enough_on_80_columns():
    view = view_of(399, seconds=30.0, env_steps=30 * 999_000)
    assert drawn(view, 80).splitlines()[-1].endswith("left")
    assert drawn(view, 80).splitlines()[-1].startswith("generation 399 of 400")


def test_several_environments_have_their_own_scores():
    text = drawn(view_of(5, envs=("CartPole-v1", "Pendulum-v1")), 80)
    assert "environment (generation 4)" in text
    assert next(line for line in text.splitlines() if line.startswith("Pendulum-v1")).split()[1:] == [
        "204.5",
        "140.0",
        "450.2",
        "98.8",
    ]
    assert "environment" not in drawn(view_of(5), 80)


def test_a_low_screen_shows_fewer_generations():
    assert len(drawn(view_of(32), 80, height=15).splitlines()) <= 15


def test_the_start_has_no_fitness_and_divergence_is_shown():
    assert drawn(view_of(0), 120).splitlines()[1].split()[:7] == ["0", "-", "-", "-", "-", "-", "100.0"]
    view = view_of(3)
    view.add(record(4, judged=True, nan_count=7, held_out=NAN))
    row = next(line for line in drawn(view, 120).splitlines() if line.split()[:1] == ["4"])
    assert row.split()[6:8] == ["7", "nan"]
    assert "best held-out score 100.0" in drawn(view, 120)  # NaN is never the best


def test_earlier_records_without_the_newer_keys_are_shown():
    keys = ("held_out_ppo", "held_out_none", "sigma", "env_steps_per_second", "by_env")
    old = [{key: value for key, value in record(g, judged=True).items() if key not in keys} for g in range(3)]
    view = TrainingView(10, history=old)
    assert "best held-out score 120.0, of generation 2" in drawn(view, 80)
    assert "generation 2 of 10 · after 0:00:00, compiling" in view.status


def test_the_time_left_runs_down_and_never_below_nothing():
    now = [0.0]
    view = TrainingView(10, clock=lambda: now[0])
    for g in (1, 2, 3):
        now[0] = 10.0 * g
        view.add(record(g, seconds=10.0))
    assert "after 0:00:30, about 0:01:10 left" in view.status
    now[0] = 35.0
    assert "after 0:00:35, about 0:01:05 left" in view.status
    now[0] = 1000.0
    assert "about 0:00:00 left" in view.status
    view.is_over = True
    assert "left" not in view.status


def test_without_a_terminal_judged_generations_have_a_line_each_and_others_one_in_half_a_minute(capsys, monkeypatch):
    now = [0.0]
    monkeypatch.setattr(training, "TrainingView", lambda *a, **k: TrainingView(*a, **k, clock=lambda: now[0]))
    with training_table(41, evaluate_every=8) as show:
        for g in range(42):
            now[0] += 11.0
            show(record(g, judged=g % 8 == 0, envs=("CartPole-v1", "a[bold]b"), seconds=11.0))
    captured = capsys.readouterr()
    assert not captured.out
    head, *lines = captured.err.splitlines()
    assert "compiling" in head
    about = [int(line.split()[1]) for line in lines if line.startswith("generation")]
    assert about == sorted({*range(0, 42, 8), *(g + d for g in range(0, 40, 8) for d in (3, 6)), 41})
    assert "  a[bold]b: held-out score 500.0 (ppo 450.2, none 98.8)" in lines


def on_a_terminal(monkeypatch, module):
    screen = Console(file=io.StringIO(), force_terminal=True, width=80, height=40)
    monkeypatch.setattr(module, "console", lambda **_: screen)
    return screen


def test_on_a_terminal_standard_output_still_gets_its_lines(capsys, monkeypatch):
    screen = on_a_terminal(monkeypatch, training)
    with training_table(2) as show:
        show(record(1))
        print('{"generation": 1}')
    assert capsys.readouterr().out == '{"generation": 1}\n'
    assert "generation 1 of 2" in screen.file.getvalue()


def test_beside_a_progress_bar_standard_output_still_gets_its_lines(capsys, monkeypatch):
    on_a_terminal(monkeypatch, progress)
    with progress.progress_bar() as update:
        update("meta-training", 1, 2)
        print('{"generation": 1}')
    assert capsys.readouterr().out == '{"generation": 1}\n'


def test_an_interrupt_leaves_the_table_behind(monkeypatch):
    screen = on_a_terminal(monkeypatch, training)

    def interrupted():
        with training_table(20) as show:
            show(record(1))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    last = screen.file.getvalue().rstrip().splitlines()
    assert any("generation 1 of 20 · 200 env steps/s · after 0:00:00\x1b" in f"{line}\x1b" for line in last[-2:])
