"""What other threads answer reaches whoever waits for it in the event loop."""

import asyncio
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from lrs.api.answers import Answers

MANY = 200


async def _all_of(answers: Answers, futures: list[Future[int]]) -> list[int]:
    with ThreadPoolExecutor(4) as threads:
        waiting = [asyncio.ensure_future(answers.of(future)) for future in futures]
        await asyncio.sleep(0)
        for number, future in enumerate(futures):
            threads.submit(future.set_result, number)
        return await asyncio.gather(*waiting)


def test_each_waiter_gets_its_own_answer_whichever_thread_gives_it() -> None:
    assert asyncio.run(_all_of(Answers(), [Future() for _ in range(MANY)])) == list(range(MANY))


def test_an_answer_that_is_there_already_is_given_too() -> None:
    answer: Future[str] = Future()
    answer.set_result("stored")
    assert asyncio.run(Answers().of(answer)) == "stored"


def test_a_failure_is_raised_where_its_answer_is_awaited() -> None:
    answer: Future[str] = Future()
    answer.set_exception(KeyError("unknown"))
    with pytest.raises(KeyError, match="unknown"):
        asyncio.run(Answers().of(answer))


async def _given_up_then_another(answers: Answers) -> str:
    abandoned: Future[str] = Future()
    waiting = asyncio.ensure_future(answers.of(abandoned))
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.wait([waiting])
    abandoned.set_result("nobody waits")
    later: Future[str] = Future()
    later.set_result("here")
    return await answers.of(later)


def test_one_that_gives_up_keeps_nobody_else_waiting() -> None:
    assert asyncio.run(_given_up_then_another(Answers())) == "here"
