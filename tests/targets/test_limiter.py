"""How many requests go out at once: grows slowly, halves at a refusal, pauses for all."""

import threading

import pytest
from target_requests import SkippingClock

from upload_matrix.targets.sending import Limiter, Room, Underway, Window


def test_a_window_grows_by_one_for_each_full_window_and_halves_at_once():
    window = Window(2.0, 8)
    for _ in range(2):
        window = window.grown()
    assert 2.8 < window.size < 3.0
    assert Window(8.0, 8).grown().size == 8
    assert Window(8.0, 8).halved().size == 4
    assert Window(1.0, 8).halved().size == 1


def test_a_window_is_held_to_what_a_server_still_takes():
    assert Window(8.0, 8).held_to(3).size == 3
    assert Window(8.0, 8).held_to(0).size == 1
    assert Window(2.0, 8).held_to(100).size == 2
    assert Window(2.0, 8).held_to(None).size == 2


def test_requests_refused_together_halve_once():
    limiter = Limiter(8)
    entered = [limiter.enter() for _ in range(8)]
    for mark in entered:
        limiter.leave(mark, throttled=True)
    assert limiter.size == 4
    limiter.leave(limiter.enter(), throttled=True)
    assert limiter.size == 2


def test_it_recovers_up_to_the_users_limit():
    limiter = Limiter(3, start=1)
    for _ in range(20):
        limiter.leave(limiter.enter(), well=True)
    assert limiter.size == 3
    limiter.leave(limiter.enter(), room=Room(remaining=1))
    assert limiter.size == 1


def test_a_pause_holds_for_everybody_who_comes_after():
    clock = SkippingClock()
    limiter = Limiter(2, clock=clock, sleep=clock.sleep)
    limiter.leave(limiter.enter())
    limiter.pause(30)
    limiter.pause(5)
    limiter.enter()
    assert clock.waits == [pytest.approx(30, abs=1)]
    limiter.enter()
    assert len(clock.waits) == 1


def test_never_more_at_once_than_there_are_places():
    limiter = Limiter(3)
    lock, gate = threading.Lock(), threading.Semaphore(0)
    now = most = 0
    full = threading.Event()

    def work():
        nonlocal now, most
        mark = limiter.enter()
        with lock:
            now += 1
            most = max(most, now)
            if now == 3:
                full.set()
        gate.acquire()
        with lock:
            now -= 1
        limiter.leave(mark)

    threads = [threading.Thread(target=work) for _ in range(12)]
    for thread in threads:
        thread.start()
    assert full.wait(20)
    for _ in threads:
        gate.release()
    for thread in threads:
        thread.join(20)
    assert (most, now) == (3, 0)


def test_outlasting_what_is_under_way():
    underway = Underway()
    assert underway.outlast() is False
    begun, end = threading.Event(), threading.Event()

    def work():
        with underway:
            begun.set()
            end.wait(20)

    worker = threading.Thread(target=work)
    worker.start()
    begun.wait(20)
    waiting = threading.Timer(0.05, end.set)
    waiting.start()
    assert underway.outlast() is True
    worker.join(20)
    waiting.join(20)
    assert underway.outlast() is False
