"""Weights are recognised by their content: safetensors files, folders, and what is neither."""

import json
import zipfile

import ml_dtypes
import numpy as np
import pytest
import torch_bytes as torch
from safetensors.numpy import save_file

from spoofjax.errors import TensorError
from spoofjax.tensors.naming import shape_in, strip_prefix
from spoofjax.tensors.reading import read_tensors

ARRAYS = {
    "encoder.weight": np.arange(6, dtype=np.float32).reshape(2, 3),
    "encoder.bias": np.array([1, 2], ml_dtypes.bfloat16),
    "flags": np.array([True, False]),
    "scalar": np.array(3, np.int64),
}


def equal(tensors, arrays):
    return set(tensors) == set(arrays) and all(
        tensors[name].dtype == array.dtype and np.array_equal(tensors[name], array)
        for name, array in arrays.items()
    )


def test_safetensors_files_give_their_arrays(tmp_path):
    save_file(ARRAYS, tmp_path / "weights", metadata={"format": "np"})
    assert equal(read_tensors(tmp_path / "weights"), ARRAYS)


def test_a_folder_gives_its_model_file(tmp_path):
    save_file(ARRAYS, tmp_path / "model.safetensors")
    (tmp_path / "pytorch_model.bin").write_bytes(b"not read where there is a safetensors file")
    assert equal(read_tensors(str(tmp_path)), ARRAYS)


def test_a_folder_may_hold_a_torch_file(tmp_path):
    arrays = {"weight": ARRAYS["encoder.weight"]}
    (tmp_path / "pytorch_model.bin").write_bytes(torch.in_both_formats(arrays)["archive"])
    assert equal(read_tensors(tmp_path), arrays)


def test_a_folder_may_hold_several_files_and_an_index(tmp_path):
    files = {name: f"model-{n % 2}.safetensors" for n, name in enumerate(ARRAYS)}
    for file in set(files.values()):
        save_file({name: ARRAYS[name] for name in files if files[name] == file}, tmp_path / file)
    index = tmp_path / "model.safetensors.index.json"
    index.write_text(json.dumps({"metadata": {}, "weight_map": files}))
    assert equal(read_tensors(tmp_path), ARRAYS)

    (tmp_path / "model-1.safetensors").unlink()
    with pytest.raises(TensorError, match=r"model-1\.safetensors is missing"):
        read_tensors(tmp_path)


@pytest.mark.parametrize("file", ["../outside.safetensors", "/etc/passwd", ".."])
def test_an_index_cannot_lead_out_of_its_folder(file, tmp_path):
    folder = tmp_path / "folder"
    folder.mkdir()
    save_file(ARRAYS, tmp_path / "outside.safetensors")
    index = folder / "model.safetensors.index.json"
    index.write_text(json.dumps({"weight_map": {"scalar": file}}))
    with pytest.raises(TensorError, match="weight_map"):
        read_tensors(folder)


def test_an_index_promises_only_what_its_files_hold(tmp_path):
    save_file(ARRAYS, tmp_path / "model-0.safetensors")
    index = tmp_path / "model.safetensors.index.json"
    index.write_text(json.dumps({"weight_map": {"head.weight": "model-0.safetensors"}}))
    with pytest.raises(TensorError, match=r"lacks tensor 'head\.weight'"):
        read_tensors(tmp_path)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "holds no weights"),
        (b"<!DOCTYPE html><html>", "holds no weights"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0", "git lfs pull"),
        (b"PK\x03\x04" + bytes(40), "damaged"),
        (b"\x80\x02K\x01.", "torch.save did not write it"),
    ],
)
def test_other_files_are_refused_with_a_reason(data, message, tmp_path):
    (tmp_path / "file").write_bytes(data)
    with pytest.raises(TensorError, match=message):
        read_tensors(tmp_path / "file")


def test_an_archive_around_a_file_of_weights_says_what_to_do(tmp_path):
    with zipfile.ZipFile(tmp_path / "net.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("net/net.pth", bytes(1000))
    with pytest.raises(TensorError, match=r"an archive around net/net\.pth\. Unpack it"):
        read_tensors(tmp_path / "net.zip")


def test_missing_files_and_empty_folders_are_refused(tmp_path):
    with pytest.raises(TensorError, match="is missing"):
        read_tensors(tmp_path / "none.pt")
    with pytest.raises(TensorError, match="holds no weights"):
        read_tensors(tmp_path)


def test_a_prefix_is_taken_off_without_reading():
    tensors = strip_prefix({"model.a": np.zeros(1), "model.b": np.ones(2), "ema.a": 3}, "model.")
    assert list(tensors) == ["a", "b"]
    np.testing.assert_array_equal(tensors["b"], np.ones(2))
    assert "model.a" not in tensors


def test_a_shape_is_known_without_reading(tmp_path):
    save_file(ARRAYS, tmp_path / "weights")
    tensors = read_tensors(tmp_path / "weights")
    (tmp_path / "weights").unlink()
    assert shape_in(tensors, "encoder.weight") == (2, 3)
    assert shape_in(strip_prefix(tensors, "encoder."), "weight") == (2, 3)
    assert shape_in({"a": np.zeros((4, 1))}, "a") == (4, 1)
