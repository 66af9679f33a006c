"""Files of torch.save give the arrays that were saved, without torch."""

import ml_dtypes
import numpy as np
import pytest
import torch_bytes as torch

from spoofjax.errors import TensorError
from spoofjax.tensors.reading import read_tensors

ARRAYS = {
    "weight": np.arange(6, dtype=np.float32).reshape(2, 3),
    "half": np.arange(4, dtype=np.float16),
    "double": np.array([[1.5]]),
    "steps": np.array(7),
    "int32": np.array([-1, 2], np.int32),
    "short": np.array([-1, 2], np.int16),
    "char": np.array([-1, 2], np.int8),
    "byte": np.array([1, 255], np.uint8),
    "flags": np.array([True, False]),
    "complex": np.array([1 + 2j], np.complex64),
    "empty": np.zeros((0, 3), np.float32),
}


@pytest.fixture
def read(tmp_path):
    """Reads bytes as a file."""

    def read_bytes(data):
        path = tmp_path / "weights.pt"
        path.write_bytes(data)
        return read_tensors(path)

    return read_bytes


def in_formats(pickled, storages):
    """A pickle with float32 storages as a file of each format."""
    counted = {key: (len(data) // 4, data) for key, data in storages.items()}
    return torch.archive(pickled, storages), torch.row(pickled, counted)


@pytest.mark.parametrize("layout", ["archive", "row"])
def test_arrays_of_every_type_come_back(layout, read):
    tensors = read(torch.in_both_formats(ARRAYS)[layout])
    assert list(tensors) == list(ARRAYS)
    for name, array in ARRAYS.items():
        assert tensors[name].dtype == array.dtype
        np.testing.assert_array_equal(tensors[name], array)


def test_bfloat16_stays_bfloat16(read):
    array = np.array([1, -2.5, 3e38], ml_dtypes.bfloat16)
    stored = torch.storage("0", "BFloat16Storage", 3)
    pickled = torch.ordered({"a": torch.view(stored, [3])})
    value = read(torch.archive(pickled, {"0": array.tobytes()}))["a"]
    assert value.dtype == array.dtype
    np.testing.assert_array_equal(value, array)


def test_tensors_may_be_windows_on_one_storage(read):
    stored = torch.storage("0", "FloatStorage", 12)
    pickled = torch.ordered(
        {
            "all": torch.view(stored, [3, 4]),
            "transposed": torch.view(stored, [4, 3], [1, 4]),
            "corner": torch.view(stored, [2, 2], [4, 1], offset=6),
            "expanded": torch.view(stored, [2, 3], [0, 0], offset=5),
        }
    )
    array = np.arange(12, dtype=np.float32).reshape(3, 4)
    for file in in_formats(pickled, {"0": array.tobytes()}):
        tensors = read(file)
        np.testing.assert_array_equal(tensors["all"], array)
        np.testing.assert_array_equal(tensors["transposed"], array.T)
        np.testing.assert_array_equal(tensors["corner"], array[1:, 2:])
        np.testing.assert_array_equal(tensors["expanded"], np.full((2, 3), 5))


def test_the_older_layout_has_parts_of_storages(read):
    part = torch.group([torch.text("part"), torch.number(2), torch.number(3)])
    stored = torch.storage("0", "FloatStorage", 6, part)
    pickled = torch.ordered({"a": torch.view(stored, [2], offset=1)})
    array = np.arange(6, dtype=np.float32)
    tensors = read(torch.row(pickled, {"0": (6, array.tobytes())}))
    np.testing.assert_array_equal(tensors["a"], [3, 4])


def test_files_of_big_endian_machines(read):
    array = np.arange(3, dtype=">f4")
    pickled = torch.ordered({"a": torch.view(torch.storage("0", "FloatStorage", 3), [3])})
    for file in (
        torch.archive(pickled, {"0": array.tobytes()}, order="big"),
        torch.row(pickled, {"0": (3, array.tobytes())}, is_little_endian=False),
    ):
        np.testing.assert_array_equal(read(file)["a"], array)


def test_a_checkpoint_with_settings_has_dotted_names(read):
    tensor = torch.view(torch.storage("0", "FloatStorage", 2), [2])
    settings = torch.name("argparse", "Namespace") + b")\x81" + torch.record({"lr": b"N"}) + b"b"
    node = torch.name("omegaconf.dictconfig", "DictConfig") + b")\x81"
    parameter = torch.call(torch.name("torch._utils", "_rebuild_parameter"), tensor, b"\x88", b"N")
    pickled = torch.record(
        {
            "args": settings,
            "cfg": node + torch.record({"_content": b"N"}) + b"b",
            "model": torch.ordered({"encoder.fc1.weight": tensor, "bias": parameter}),
            "history": b"](" + torch.record({"loss": b"G?\xf0\0\0\0\0\0\0"}) + tensor + b"e",
            "epoch": b"K\x03",
        }
    )
    tensors = read(torch.archive(pickled, {"0": bytes(8)}))
    assert list(tensors) == ["model.encoder.fc1.weight", "model.bias", "history.1"]


def test_new_types_stand_with_the_tensor(read):
    stored = torch.storage("0", "UntypedStorage", 4).replace(b"ctorch\n", b"ctorch.storage\n")
    pickled = torch.call(
        torch.name("torch._utils", "_rebuild_tensor_v3"),
        *(stored, b"K\0", b"K\2\x85", b"K\1\x85", b"\x89", b"N"),
        *(torch.name("torch", "uint16"), b"}"),
    )
    tensors = read(torch.archive(pickled, {"0": np.array([1, 60_000], "<u2").tobytes()}))
    assert list(tensors) == ["tensor"]
    np.testing.assert_array_equal(tensors["tensor"], np.array([1, 60_000], np.uint16))


def test_a_storage_that_is_missing_is_told_with_its_tensor(read):
    pickled, _ = torch.state_dict({"fc.weight": ARRAYS["weight"]})
    with pytest.raises(TensorError, match=r"elements of tensor 'fc\.weight' are missing"):
        read(torch.archive(pickled, {}))


@pytest.mark.parametrize(
    ("file", "parameters", "buffers"),
    [
        ("aasist.pth", 297_866, 1_684),
        ("aasist_asvspoof5.pth", 297_866, 1_684),
        ("aasist_l.pth", 85_306, 964),
    ],
)
def test_official_checkpoints_have_their_published_parameters(file, parameters, buffers, shared):
    tensors = read_tensors(shared / "fixtures/checkpoints" / file)
    statistics = ("running_mean", "running_var", "num_batches_tracked")
    sizes = {name: array.size for name, array in tensors.items()}
    in_buffers = sum(size for name, size in sizes.items() if name.endswith(statistics))
    assert len(sizes) == 229
    assert in_buffers == buffers
    assert sum(sizes.values()) - in_buffers == parameters


def test_the_official_lcnn_has_sixty_tensors(shared):
    tensors = read_tensors(shared / "fixtures/checkpoints/lfcc_lcnn_blstm.pt")
    assert len(tensors) == 60
    assert tensors["m_output_act.0.weight"].shape == (1, 96)
    assert all(np.isfinite(array).all() for array in tensors.values())
