"""Damaged and malicious files are refused in one error: nothing runs, and memory stays bounded."""

import io
import json
import random
import struct
import tracemalloc
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch_bytes as torch
from safetensors.numpy import save

from spoofjax.errors import TensorError
from spoofjax.tensors.pickled import MOST_INSTRUCTIONS
from spoofjax.tensors.reading import read_tensors

ARRAYS = {
    "encoder.weight": np.arange(12, dtype=np.float32).reshape(3, 4),
    "encoder.bias": np.arange(4, dtype=np.float32),
    "steps": np.array(7),
}
FILES = {**torch.in_both_formats(ARRAYS), "safetensors": save(ARRAYS)}
LIMIT = 4 << 20
"""Bytes of memory that a file of some kilobytes may take."""


@pytest.fixture
def refused(tmp_path):
    """Reads bytes as a file with all its arrays, and returns the message of the error, if any."""

    def read(data):
        path = tmp_path / "weights"
        path.write_bytes(data)
        tracemalloc.start()
        message = message_of(path)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < LIMIT
        return message

    return read


def message_of(path: Path) -> str:
    """Read all the arrays of a file; return the message of the error, '' where there is none."""
    try:
        arrays = dict(read_tensors(path))
    except TensorError as error:
        return str(error)
    assert sum(array.size for array in arrays.values()) < 1000
    return ""


def mutated(data: bytes, chance: random.Random) -> bytes:
    """Return the file with one thing wrong: flipped bits, an end cut off, another number."""
    kind = chance.randrange(4)
    changed = bytearray(data)
    if kind == 0:
        return data[: chance.randrange(len(data))]
    if kind == 1:
        for _ in range(chance.randrange(1, 6)):
            changed[chance.randrange(len(data))] ^= chance.randrange(1, 256)
    elif kind == 2:
        place = chance.randrange(len(data) - 8)
        value = chance.choice([0, 1, 2**31 - 1, 2**32 - 1, 2**62, 2**63, 2**64 - 1])
        changed[place : place + 8] = struct.pack("<Q", value)
    else:
        place, length = chance.randrange(len(data)), chance.randrange(1, 40)
        del changed[place : place + length]
    return bytes(changed)


@pytest.mark.parametrize("layout", FILES)
def test_two_hundred_mutations_are_read_within_bounds_or_refused(layout, refused):
    chance = random.Random(7)
    messages = [refused(mutated(FILES[layout], chance)) for _ in range(200)]
    # A changed element cannot be told from another element, nor a changed name from another name.
    assert sum(map(bool, messages)) > 100


@pytest.mark.parametrize(
    "function",
    [
        ("os", "system"),
        ("posix", "system"),
        ("subprocess", "Popen"),
        ("builtins", "eval"),
        ("builtins", "getattr"),
        ("__builtin__", "exec"),
        ("numpy.core.multiarray", "_reconstruct"),
        ("numpy", "load"),
        ("torch", "load"),
        ("torch.hub", "load"),
        ("torch.storage", "_load_from_bytes"),
        ("torch.nn.modules.linear", "Linear"),
        ("importlib", "import_module"),
    ],
)
@pytest.mark.parametrize("layout", ["archive", "row"])
def test_a_pickle_that_calls_is_refused_by_the_name_it_calls(function, layout, refused, tmp_path):
    trace = tmp_path / "executed"
    argument = torch.text(f"touch {trace}")
    pickled = torch.record({"weight": torch.call(torch.name(*function), argument)})
    file = torch.archive(pickled, {}) if layout == "archive" else torch.row(pickled, {})
    assert ".".join(function) in refused(file)
    assert not trace.exists()


def test_a_name_from_the_stack_is_checked_as_well(refused):
    stacked = torch.text("os") + torch.text("system") + b"\x93" + torch.text("true") + b"\x85R"
    assert "os.system" in refused(torch.archive(stacked, {}))


@pytest.mark.parametrize(
    "instructions",
    {
        "an instruction of protocol 0": b"(S'x'\ni__main__\nf\n",
        "a call of a text": torch.text("system") + b")R",
        "a call of a tensor": torch.view(torch.storage("0", "FloatStorage", 0), [0]) + b")R",
        "nothing": b"",
        "a group without a beginning": b"Nt",
        "an unknown memo": b"h\x05",
        "an item of None": b"N" + torch.text("key") + b"Ns",
        "a huge text": b"X\xff\xff\xff\xff",
        "a huge text of 8 bytes": b"\x8d" + b"\xff" * 8,
        "a huge integer": b"\x8b\xff\xff\xff\x7f",
        "an odd number of items": b"}(Nu",
        "a storage of a wrong type": torch.storage("0", "QInt8Storage", 4),
        "a storage without a size": torch.group([torch.text("storage")] * 5) + b"Q",
        "a number as a storage": b"K\x01Q",
    }.items(),
    ids=lambda item: item[0],
)
def test_an_impossible_pickle_is_refused(instructions, refused):
    assert refused(torch.archive(instructions[1], {"0": b""}))


def test_a_memo_with_a_large_index_takes_no_memory(refused):
    pickled, storages = torch.state_dict(ARRAYS)
    assert refused(torch.archive(b"Nr\xff\xff\xff\x7f0" + pickled, storages)) == ""


def test_nesting_and_repetition_have_limits(refused, tmp_path):
    deep = b"]" * 5_000 + b"a" * 4_999
    assert "nested more than" in refused(torch.archive(deep, {}))
    itself = b"]q\0h\0a"
    assert "nested more than" in refused(torch.archive(itself, {}))
    # Each of 30 lists contains the one before it twice: 2**30 values in a hundred bytes.
    doubling = b"]q\0" + b"".join(b"](h%ch%ceq%c" % (n, n, n + 1) for n in range(30))
    (tmp_path / "doubling").write_bytes(torch.archive(doubling, {}))
    assert "values" in message_of(tmp_path / "doubling")


def test_long_names_are_not_repeated_for_each_tensor(refused):
    tensor = torch.view(torch.storage("0", "FloatStorage", 0), [0])
    names = [b"K%cq\1" % n + tensor for n in range(5)]
    long = b"X" + struct.pack("<I", 100_000) + b"x" * 100_000
    pickled = b"}(" + long + b"](" + b"".join(names) + b"eu"
    assert "name of more than" in refused(torch.archive(pickled, {"0": b""}))


@pytest.mark.slow
def test_the_number_of_instructions_has_a_limit(tmp_path):
    path = tmp_path / "weights"
    path.write_bytes(torch.archive(b"N0" * MOST_INSTRUCTIONS + b"N", {}))
    with pytest.raises(TensorError, match="instructions"):
        read_tensors(path)


@pytest.mark.parametrize(
    ("shape", "strides", "offset"),
    [
        ([2**40], None, 0),
        ([2**40], [0], 0),  # one element repeated
        ([2**31, 2**31, 2**31], None, 0),
        ([5], [1], 0),
        ([2], [4], 0),
        ([1], [1], 4),
        ([-1], [1], 0),
        ([1], [-1], 0),
        ([1, 1], [1], 0),
        ([1] * 40, [1] * 40, 0),
    ],
)
def test_a_tensor_must_fit_into_its_storage(shape, strides, offset, refused):
    stored = torch.storage("0", "FloatStorage", 4)
    pickled = torch.ordered({"a": torch.view(stored, shape, strides, offset)})
    assert refused(torch.archive(pickled, {"0": bytes(16), "1": bytes(4000)}))


def test_a_storage_must_fit_into_its_record(refused):
    pickled = torch.ordered({"a": torch.view(torch.storage("0", "FloatStorage", 400), [400])})
    assert "more elements" in refused(torch.archive(pickled, {"0": bytes(16), "1": bytes(4000)}))


def test_a_compressed_record_is_refused_before_it_is_unpacked(refused):
    pickled = torch.ordered(
        {"a": torch.view(torch.storage("0", "ByteStorage", 1 << 26), [1 << 26])}
    )
    bomb = torch.archive(pickled, {"0": bytes(1 << 26)}, compression=zipfile.ZIP_DEFLATED)
    assert len(bomb) < 1 << 17
    assert "compressed record" in refused(bomb)


@pytest.mark.parametrize("name", ["../../outside", "/etc/passwd", "archive/../../x"])
def test_names_that_lead_out_of_the_archive_are_refused(name, refused):
    pickled, storages = torch.state_dict(ARRAYS)
    file = io.BytesIO(torch.archive(pickled, storages))
    with zipfile.ZipFile(file, "a") as archive:
        archive.writestr(name, b"x")
    assert "lead out of its archive" in refused(file.getvalue())


def safetensors(header, data=b"", length=None):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text) if length is None else length) + text + data


def entry(dtype="F32", shape=(2,), offsets=(0, 8)):
    return {"a": {"dtype": dtype, "shape": shape, "data_offsets": offsets}}


@pytest.mark.parametrize(
    "data",
    {
        "a header of 2**63 bytes": safetensors({}, length=2**63),
        "a header longer than the file": safetensors({}, length=100),
        "no JSON": safetensors(b"{" * 20),
        "deep JSON": safetensors(b'{"a":' * 5_000 + b"1" + b"}" * 5_000),
        "a tensor that is a list": safetensors({"a": []}),
        "no offsets": safetensors({"a": {"dtype": "F32", "shape": [2]}}),
        "an unknown type": safetensors(entry("F128"), bytes(8)),
        "a type that is a list": safetensors(entry(["F32"]), bytes(8)),
        "a huge shape": safetensors(entry(shape=[2**40, 2**20]), bytes(8)),
        "a negative shape": safetensors(entry(shape=[-2]), bytes(8)),
        "a shape of text": safetensors(entry(shape="22"), bytes(8)),
        "too few bytes": safetensors(entry(offsets=(0, 4)), bytes(8)),
        "offsets beyond the end": safetensors(entry(offsets=(8, 16)), bytes(8)),
        "offsets backwards": safetensors(entry(offsets=(8, 0)), bytes(8)),
        "forty dimensions": safetensors(entry(shape=[1] * 39 + [2]), bytes(8)),
    }.items(),
    ids=lambda item: item[0],
)
def test_an_impossible_safetensors_file_is_refused(data, refused):
    assert refused(data[1])
