"""Small codecs and vocoders with what transformers makes of an input.

`python -m bench.codec_parity` writes the files.
"""

from pathlib import Path
from typing import Any

from safetensors import safe_open
from safetensors.numpy import load_file, save_file

FOLDER = Path(__file__).parent / "vocoders" / "parity"
TOLERANCE: Any = {"rtol": 1e-5, "atol": 1e-5}


class Reference:
    """One file: the weights of a model, its config.json, an input, and the expected outputs."""

    def __init__(self, name: str):
        self.arrays = load_file(FOLDER / f"{name}.safetensors")
        with safe_open(FOLDER / f"{name}.safetensors", "np") as file:
            self.config = file.metadata()["config"]
        self.weights = {
            name.removeprefix("weights."): array
            for name, array in self.arrays.items()
            if name.startswith("weights.")
        }

    def write_folder(self, folder: Path) -> Path:
        """Write the model as a downloaded folder has it."""
        folder.mkdir(exist_ok=True)
        (folder / "config.json").write_text(self.config)
        save_file(self.weights, folder / "model.safetensors")
        return folder
