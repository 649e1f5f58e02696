"""What is written in one turn of the event loop goes out in one call, in order, and nothing is left behind."""

import asyncio

from mastrail.gathering import GatheringTransport


class Sent:
    """A transport that notes what it is told to do."""

    def __init__(self) -> None:
        self.calls: list[bytes] = []
        self.is_closed = False

    def write(self, data: bytes) -> None:
        assert not self.is_closed
        self.calls.append(data)

    def close(self) -> None:
        self.is_closed = True

    def is_closing(self) -> bool:
        return self.is_closed

    def get_extra_info(self, name: str) -> str:
        return f"the {name}"


def test_a_head_and_its_body_go_out_together_and_the_next_answer_after_them() -> None:
    sent = Sent()

    async def answer() -> None:
        transport = GatheringTransport(sent, asyncio.get_running_loop())
        transport.write(b"head ")
        transport.write(b"body")
        assert sent.calls == []
        await asyncio.sleep(0)
        transport.write(b"another")
        await asyncio.sleep(0)

    asyncio.run(answer())
    assert sent.calls == [b"head body", b"another"]


def test_closing_writes_first_what_waits_and_nothing_afterwards() -> None:
    sent = Sent()

    async def answer_and_close() -> None:
        transport = GatheringTransport(sent, asyncio.get_running_loop())
        transport.write(b"last")
        transport.close()
        assert (sent.calls, sent.is_closed) == ([b"last"], True)
        transport.write(b"too late")
        await asyncio.sleep(0)

    asyncio.run(answer_and_close())
    assert sent.calls == [b"last"]


def test_a_client_that_is_gone_in_between_is_not_written_to() -> None:
    sent = Sent()

    async def answer() -> None:
        transport = GatheringTransport(sent, asyncio.get_running_loop())
        transport.write(b"for nobody")
        sent.close()
        await asyncio.sleep(0)

    asyncio.run(answer())
    assert sent.calls == []


def test_everything_else_is_asked_of_the_transport_itself() -> None:
    async def ask() -> object:
        transport = GatheringTransport(Sent(), asyncio.get_running_loop())
        return transport.get_extra_info("peername")

    assert asyncio.run(ask()) == "the peername"
