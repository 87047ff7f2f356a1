"""Lines from a reader thread to the main thread."""

import io
import os
import threading
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from source_destination_clientes.protocol.stdin import Inbox, LineSource, MessageSource


class Pieces(io.RawIOBase):
    """A pipe that hands out these pieces."""

    def __init__(self, *pieces: bytes) -> None:
        super().__init__()
        self.pieces = [piece for piece in pieces if piece]

    def read(self, size: int = -1) -> bytes:
        return self.pieces.pop(0) if self.pieces else b""


def lines_of(source: LineSource | MessageSource) -> list[bytes]:
    return [line for block in source.blocks() for line in block]


def drain(inbox: Inbox) -> list[bytes]:
    found: list[bytes] = []
    while (lines := inbox.get(10)) is not None:
        found += lines
    return found


def test_a_line_cut_in_pieces_is_whole_again() -> None:
    assert lines_of(LineSource(Pieces(b"on", b"e\ntw", b"o\nthr", b"ee"))) == [b"one", b"two", b"three"]  # type: ignore[arg-type] # all it needs of a stream


def test_a_line_of_hundreds_of_pieces_is_one_line() -> None:
    pieces = [b"x" * 1000] * 500
    assert lines_of(LineSource(Pieces(*pieces, b"\nshort\n"))) == [b"x" * 500_000, b"short"]  # type: ignore[arg-type] # as above


def test_lines_are_handed_on_before_the_source_says_more() -> None:
    blocks = LineSource(Pieces(b"one\ntw", b"o\n")).blocks()  # type: ignore[arg-type] # as above
    assert next(blocks) == [b"one"]


def test_a_buffered_stream_is_read_without_waiting_for_it_to_fill() -> None:
    reading, writing = os.pipe()
    os.write(writing, b"one\n")
    with os.fdopen(reading, "rb") as stream:
        blocks = LineSource(stream).blocks()
        assert next(blocks) == [b"one"]
        os.close(writing)
        assert list(blocks) == []


def test_a_pipe_that_does_not_block_is_quiet_not_at_its_end() -> None:
    reading, writing = os.pipe()
    os.set_blocking(reading, False)
    os.write(writing, b"one\n")
    with os.fdopen(reading, "rb", buffering=0) as stream:
        blocks = LineSource(stream).blocks()
        assert next(blocks) == [b"one"]

        def write() -> None:
            os.write(writing, b"two\n")
            os.close(writing)

        writer = threading.Thread(target=write)
        writer.start()
        assert list(blocks) == [[b"two"]]
        writer.join()


@pytest.mark.parametrize("end", [b"", b"\n", b" \n", b"  "])
def test_blanks_at_the_end_are_no_line_to_lose(end: bytes) -> None:
    lines = lines_of(LineSource(io.BytesIO(b"one\n" + end)))
    assert [line for line in lines if line.strip()] == [b"one"]


@given(st.lists(st.binary(max_size=8).filter(lambda line: b"\n" not in line)), st.data())
def test_no_cut_loses_or_joins_lines(lines: list[bytes], data: st.DataObject) -> None:
    content = b"".join(line + b"\n" for line in lines)
    cuts = sorted(data.draw(st.sets(st.integers(0, len(content)), max_size=10)))
    ends = [*cuts, len(content)]
    pieces = [content[start:end] for start, end in zip([0, *cuts], ends, strict=True)]
    assert lines_of(LineSource(Pieces(*pieces))) == lines  # type: ignore[arg-type] # as above


def test_messages_come_one_by_one_since_their_maker_may_be_slow() -> None:
    assert list(MessageSource(iter([b"one", b"two"])).blocks()) == [[b"one"], [b"two"]]


def test_the_main_thread_gets_every_line_and_then_the_end() -> None:
    inbox = Inbox(MessageSource(str(n).encode() for n in range(1000)))
    inbox.start()
    assert drain(inbox) == [str(n).encode() for n in range(1000)]


def test_the_reader_stays_only_a_few_blocks_ahead() -> None:
    made: list[int] = []
    reached = threading.Event()

    def make() -> Iterator[bytes]:
        for number in range(100):
            made.append(number)
            if number == 4:
                reached.set()
            yield b"line"

    inbox = Inbox(MessageSource(make()))
    inbox.start()
    assert reached.wait(10)
    assert len(made) == 5
    assert len(drain(inbox)) == 100


def test_an_error_of_the_source_reaches_the_main_thread_after_the_lines_before_it() -> None:
    def make() -> Iterator[bytes]:
        yield b"one"
        raise RuntimeError("the source broke")

    inbox = Inbox(MessageSource(make()))
    inbox.start()
    assert inbox.get(10) == [b"one"]
    with pytest.raises(RuntimeError, match="the source broke"):
        inbox.get(10)


def test_a_ring_wakes_whoever_waits() -> None:
    inbox = Inbox(MessageSource(iter([])))
    inbox.wake()
    assert inbox.get(None) == []


def test_a_quiet_source_gives_nothing_in_time() -> None:
    assert Inbox(MessageSource(iter([]))).get(0) == []


def test_a_closed_inbox_lets_its_reader_end() -> None:
    inbox = Inbox(MessageSource(iter([b"line"] * 50)))
    inbox.start()
    inbox.close()
    assert len(drain(inbox)) < 50
