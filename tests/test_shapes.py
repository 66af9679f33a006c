"""Values from JSON are compared with type annotations, and the first that differs is named."""

from typing import Annotated, Any, Literal, NotRequired, TypedDict

import pytest

from spoofjax.shapes import Count, between, problem


class Shard(TypedDict):
    """A file and its size."""

    file: str
    bytes: Count


class Table(TypedDict):
    """What a table holds."""

    kind: Literal["npy", "record"]
    shards: list[Shard]
    bounds: tuple[float, float] | None
    columns: dict[str, list[str]]
    rate: NotRequired[Annotated[int, between(1, 10)]]


GOOD: dict[str, Any] = {
    "kind": "npy",
    "shards": [{"file": "a", "bytes": 3}, {"file": "b", "bytes": 0, "more": None}],
    "bounds": [0, 1.5],
    "columns": {"attack": ["A01"]},
}


def test_a_value_of_the_shape_has_no_problem():
    assert problem(GOOD, Table) == ""
    assert problem({**GOOD, "bounds": None, "rate": 10}, Table) == ""


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"kind": "zip"}, "kind must be 'npy' or 'record', not 'zip'"),
        ({"shards": {}}, "shards must be a list, not an object"),
        ({"shards": [{"file": "a", "bytes": -1}]}, "shards[0].bytes must be at least 0, not -1"),
        ({"shards": [{"bytes": 1}]}, "shards[0].file is missing"),
        ({"shards": [{"file": "a", "bytes": True}]}, "shards[0].bytes must be a whole number"),
        ({"shards": [{"file": "a", "bytes": 10**30}]}, "shards[0].bytes must be a whole number"),
        ({"bounds": [0.0]}, "bounds must be a list of 2, not a list"),
        ({"bounds": [0.0, float("nan")]}, "bounds[1] must be a finite number, not nan"),
        ({"bounds": [0.0, 10**400]}, "bounds[1] must be a finite number, not 1000"),
        ({"columns": {"attack": [None]}}, "columns.attack[0] must be a text, not null"),
        ({"columns": {"attack": ["a\0b"]}}, "columns.attack[0] must be a text"),
        ({"rate": 11}, "rate must be between 1 and 10, not 11"),
    ],
)
def test_the_field_and_the_wrong_value_are_named(change, said):
    assert problem({**GOOD, **change}, Table).startswith(said)


def test_the_value_itself_may_be_wrong():
    assert problem([], Table) == "the value must be an object, not a list"
    assert problem(3, str, "name") == "name must be a text, not 3"
