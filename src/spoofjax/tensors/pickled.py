"""A small interpreter of the pickle instructions that torch writes.

Python's own unpickler could be restricted by its hooks, but a file of a hundred bytes makes it
allocate gigabytes for its memo, and it hashes and calls what the file says. This interpreter
imports nothing and calls nothing: a name in the file stays a name, a dictionary is a list of pairs,
and the only calls are those that `Builder` answers with data of its own.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

MOST_INSTRUCTIONS = 2_000_000
"""Instructions of one pickle; a checkpoint of 2,000 tensors with its optimiser has 100,000."""
LONGEST_INTEGER = 64
"""Bytes of an integer."""


class PickleProblem(Exception):
    """A pickle is damaged or asks for what is not allowed; the message says which."""


class Mark:
    """The place on the stack where a group of values begins."""


@dataclass(slots=True)
class Record:
    """A dictionary as pairs in the order of the file, so that no key is ever hashed."""

    pairs: list[tuple[Any, Any]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Name:
    """The name of a class or a function, which is never imported."""

    module: str
    name: str

    def __str__(self) -> str:
        return f"{self.module}.{self.name}"


class Inert:
    """Stands for an object that is no tensor, such as the settings of a training run."""

    __slots__ = ()


class Builder(Protocol):
    """What a pickle may build beyond plain values."""

    def call(self, function: Name, arguments: tuple) -> Any:
        """Return the result of a call. Raises PickleProblem for a function not allowed."""

    def persistent(self, identifier: Any) -> Any:
        """Return the object with an identifier outside the pickle, such as a storage."""

    def check(self, name: Name) -> None:
        """Raise PickleProblem where a name is not allowed in a file."""


MARK = Mark()


class Interpreter:
    """Runs one pickle in `data` from `position`, which `load` leaves behind its end."""

    def __init__(self, data: bytes, builder: Builder, position: int = 0):
        self.data = data
        self.builder = builder
        self.position = position
        self.stack: list[Any] = []
        self.memo: dict[int, Any] = {}

    def load(self) -> Any:
        """Return the value of the pickle. Raises PickleProblem."""
        for _ in range(MOST_INSTRUCTIONS):
            code = self._take(1)[0]
            if code == STOP:
                return self._pop()
            action = ACTIONS.get(code)
            if action is None:
                raise PickleProblem(f"its pickle has the unknown instruction 0x{code:02x}")
            action(self)
        raise PickleProblem(f"its pickle has more than {MOST_INSTRUCTIONS:,} instructions")

    # Reading the data

    def _take(self, count: int) -> bytes:
        end = self.position + count
        if end > len(self.data):
            raise PickleProblem("its pickle ends early")
        taken = self.data[self.position : end]
        self.position = end
        return taken

    def _number(self, layout: str) -> Any:
        return struct.unpack(layout, self._take(struct.calcsize(layout)))[0]

    def _line(self) -> str:
        end = self.data.find(b"\n", self.position, self.position + 1000)
        if end < 0:
            raise PickleProblem("its pickle has a name without an end")
        line = self._take(end - self.position)
        self.position += 1
        return line.decode("utf-8", "replace")

    # The stack

    def _pop(self) -> Any:
        if not self.stack or self.stack[-1] is MARK:
            raise PickleProblem("its pickle takes a value that is not there")
        return self.stack.pop()

    def _group(self) -> list[Any]:
        """Take the values above the last mark, and the mark."""
        group = []
        while self.stack and self.stack[-1] is not MARK:
            group.append(self.stack.pop())
        if not self.stack:
            raise PickleProblem("its pickle takes a group that was not begun")
        self.stack.pop()
        group.reverse()
        return group

    def _top(self, *kinds: type) -> Any:
        if not self.stack or not isinstance(self.stack[-1], kinds):
            raise PickleProblem("its pickle changes a value that cannot change")
        return self.stack[-1]

    def _push(self, value: Any) -> None:
        self.stack.append(value)

    # Instructions with more than one line

    def _append(self, values: list[Any]) -> None:
        target = self._top(list, Inert)
        if isinstance(target, list):
            target.extend(values)

    def _set_items(self, values: list[Any]) -> None:
        if len(values) % 2:
            raise PickleProblem("its pickle has a key without a value")
        target = self._top(Record, Inert)
        if isinstance(target, Record):
            target.pairs.extend(zip(values[::2], values[1::2], strict=True))

    def _set_item(self) -> None:
        value = self._pop()
        self._set_items([self._pop(), value])

    def _record(self) -> None:
        values = self._group()
        self._push(Record())
        self._set_items(values)

    def _tuple(self, count: int) -> None:
        values = [self._pop() for _ in range(count)]
        self._push(tuple(reversed(values)))

    def _integer(self, length: int) -> None:
        if length > LONGEST_INTEGER:
            raise PickleProblem("its pickle has an integer of more than 64 bytes")
        self._push(int.from_bytes(self._take(length), "little", signed=True))

    def _text(self, length: int) -> None:
        self._push(self._take(length).decode("utf-8", "replace"))

    def _get(self, index: int) -> None:
        if index not in self.memo:
            raise PickleProblem("its pickle repeats a value that is not there")
        self._push(self.memo[index])

    def _put(self, index: int) -> None:
        if not self.stack:
            raise PickleProblem("its pickle keeps a value that is not there")
        self.memo[index] = self.stack[-1]

    def _push_name(self, module: Any, name: Any) -> None:
        if not isinstance(module, str) or not isinstance(name, str):
            raise PickleProblem("its pickle has a name that is no text")
        self.builder.check(Name(module, name))
        self._push(Name(module, name))

    def _stack_name(self) -> None:
        name = self._pop()
        self._push_name(self._pop(), name)

    def _call(self) -> None:
        arguments = self._pop()
        function = self._pop()
        if not isinstance(function, Name) or not isinstance(arguments, tuple):
            raise PickleProblem("its pickle calls what is no function")
        self._push(self.builder.call(function, arguments))

    def _call_with_keywords(self) -> None:
        self._pop()
        self._call()

    def _build(self) -> None:
        # The state of a dictionary or of settings says nothing about tensors.
        self._pop()
        self._top(object)

    def _pop_any(self) -> None:
        if not self.stack:
            raise PickleProblem("its pickle takes a value that is not there")
        self.stack.pop()


STOP = ord(".")

ACTIONS: dict[int, Callable[[Interpreter], Any]] = {
    ord("\x80"): lambda run: run._take(1),  # the version of the protocol
    ord("\x95"): lambda run: run._take(8),  # the length of a frame
    ord("("): lambda run: run._push(MARK),
    ord("0"): Interpreter._pop_any,
    ord("1"): lambda run: run._group(),
    ord("2"): lambda run: run._push(run._top(object)),
    ord("N"): lambda run: run._push(None),
    ord("\x88"): lambda run: run._push(True),
    ord("\x89"): lambda run: run._push(False),
    ord("J"): lambda run: run._push(run._number("<i")),
    ord("K"): lambda run: run._push(run._number("<B")),
    ord("M"): lambda run: run._push(run._number("<H")),
    ord("\x8a"): lambda run: run._integer(run._number("<B")),
    ord("\x8b"): lambda run: run._integer(run._number("<I")),
    ord("G"): lambda run: run._push(run._number(">d")),
    ord("X"): lambda run: run._text(run._number("<I")),
    ord("\x8c"): lambda run: run._text(run._number("<B")),
    ord("\x8d"): lambda run: run._text(run._number("<Q")),
    ord("U"): lambda run: run._text(run._number("<B")),
    ord("T"): lambda run: run._text(run._number("<I")),
    ord("C"): lambda run: run._push(run._take(run._number("<B"))),
    ord("B"): lambda run: run._push(run._take(run._number("<I"))),
    ord("\x8e"): lambda run: run._push(run._take(run._number("<Q"))),
    ord("]"): lambda run: run._push([]),
    ord("a"): lambda run: run._append([run._pop()]),
    ord("e"): lambda run: run._append(run._group()),
    ord("l"): lambda run: run._push(run._group()),
    ord(")"): lambda run: run._push(()),
    ord("t"): lambda run: run._push(tuple(run._group())),
    ord("\x85"): lambda run: run._tuple(1),
    ord("\x86"): lambda run: run._tuple(2),
    ord("\x87"): lambda run: run._tuple(3),
    ord("}"): lambda run: run._push(Record()),
    ord("d"): Interpreter._record,
    ord("s"): Interpreter._set_item,
    ord("u"): lambda run: run._set_items(run._group()),
    ord("\x8f"): lambda run: run._push([]),  # a set, of which only the members matter
    ord("\x90"): lambda run: run._append(run._group()),
    ord("\x91"): lambda run: run._push(run._group()),
    ord("h"): lambda run: run._get(run._number("<B")),
    ord("j"): lambda run: run._get(run._number("<I")),
    ord("q"): lambda run: run._put(run._number("<B")),
    ord("r"): lambda run: run._put(run._number("<I")),
    ord("\x94"): lambda run: run._put(len(run.memo)),
    ord("c"): lambda run: run._push_name(run._line(), run._line()),
    ord("\x93"): Interpreter._stack_name,
    ord("R"): Interpreter._call,
    ord("\x81"): Interpreter._call,
    ord("\x92"): Interpreter._call_with_keywords,
    ord("b"): Interpreter._build,
    ord("Q"): lambda run: run._push(run.builder.persistent(run._pop())),
}
"""What each instruction does. Those of protocol 0, in text, are missing: torch never wrote it."""
