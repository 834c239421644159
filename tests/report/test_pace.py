"""The time left."""

from discovery.report.pace import Left, time_left
from tests.report.records import record


def run(done, *, every, plain=2.0, judgement=7.0, compilation=60.0, start=0):
    """Records of a process in which every judged generation takes longer, and first uses compile."""
    records = [record(0, judged=True, seconds=judgement + compilation)] if start == 0 and every else []
    for g in range(start + 1, done + 1):
        judged = bool(every and g % every == 0)
        seconds = plain + judgement * judged
        seconds += compilation * (g == start + 1) + compilation * (judged and not any(r["held_out"] for r in records))
        records.append(record(g, judged=judged, seconds=seconds, env_steps=200 + 700 * judged))
    return records


def test_nothing_is_known_before_the_first_generation():
    assert time_left([], 40, evaluate_every=4) is None
    assert time_left(run(0, every=4), 40, evaluate_every=4) is None


def test_compilations_do_not_count():
    # 32 are left: 8 of them judged.
    assert time_left(run(8, every=4), 40, evaluate_every=4) == Left(24 * 2 + 8 * (2 + 7), at_most=False)


def test_a_resumed_process_compiles_again():
    assert time_left(run(12, every=4, start=6), 40, evaluate_every=4) == Left(21 * 2 + 7 * 9, at_most=False)


def test_before_a_warm_generation_it_is_an_upper_bound():
    left = time_left(run(1, every=4), 40, evaluate_every=4)
    assert left is not None
    assert left.at_most
    assert left.seconds > 29 * 2 + 10 * 9


def test_a_judgement_not_seen_yet_costs_by_its_environment_steps():
    records = [record(0, judged=True, env_steps=700, seconds=99.0), *run(3, every=0, start=0)]
    left = time_left(records, 5, evaluate_every=5)
    assert left == Left(2 + 2 * (1 + 700 / 200), at_most=False)


def test_where_every_generation_is_judged_only_those_count():
    assert time_left(run(4, every=1), 10, evaluate_every=1) == Left(6 * 9, at_most=False)


def test_the_last_generation_is_judged_even_if_no_other_is():
    assert time_left(run(8, every=4), 10, evaluate_every=4) == Left(2 + 9, at_most=False)
    # No judgement was seen here, so that nothing is known of what it costs.
    assert time_left(run(5, every=0), 6, evaluate_every=0) == Left(2, at_most=False)


def test_after_the_last_nothing_is_left():
    assert time_left(run(8, every=4), 8, evaluate_every=4) == Left(0, at_most=False)
