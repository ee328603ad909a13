"""Work done beside the thread that wants it."""

from __future__ import annotations

import _thread
import threading

import pytest

from neural.tracking.storage.errand import Errand


def test_the_sender_waits_for_the_result() -> None:
    """Work that is quick is done when its sender goes on."""
    errand = Errand(lambda: 7, lambda _: None)

    errand.send()

    assert errand.wait(30)
    assert errand.result() == 7


def test_the_sender_does_not_wait_for_long() -> None:
    """It is told that the work is not done, and ``then`` is called once it is."""
    proceed, welcomed = threading.Event(), threading.Event()
    errand = Errand(lambda: proceed.wait(30), lambda _: welcomed.set())
    errand.send()

    assert not errand.wait(0.001)
    assert not welcomed.is_set()

    proceed.set()
    assert welcomed.wait(30)
    assert errand.wait(30)


def test_the_work_is_done_in_a_thread_of_its_own() -> None:
    """No exit of the interpreter waits for that thread."""
    waited_for = {thread.ident for thread in threading.enumerate() if not thread.daemon}
    errand = Errand(threading.get_ident, lambda _: None)
    errand.send()
    errand.wait(30)

    assert errand.result() not in waited_for


def test_without_threads_the_sender_does_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """A limit of the system, or the end of the interpreter, is no reason to lose anything."""

    def refuse(*_: object) -> int:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(_thread, "start_new_thread", refuse)
    errand = Errand(threading.get_ident, lambda _: None)

    errand.send()

    assert errand.wait(0)
    assert errand.result() == threading.get_ident()


def test_an_error_belongs_to_who_asks_for_the_result() -> None:
    """It is not lost in a thread that nobody looks at."""

    def fail() -> None:
        raise MemoryError("too little")

    errand = Errand(fail, lambda _: None)
    errand.send()
    errand.wait(30)

    with pytest.raises(MemoryError, match="too little"):
        errand.result()


def test_called_off_before_it_began() -> None:
    """Then the work is not done, whoever comes to do it."""
    done: list[int] = []
    errand = Errand(lambda: done.append(1), lambda _: done.append(2))

    assert errand.revoke()
    errand.do()

    assert done == []


def test_what_has_begun_is_not_called_off() -> None:
    """The sender must count on its being done."""
    errand = Errand(lambda: None, lambda _: None)
    errand.do()

    assert not errand.revoke()
