"""The example that lies beside an exported model, and its first run."""

from __future__ import annotations

import math
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import soundfile

from spoofjax.errors import RunError
from spoofjax.evaluation.rule import Rule

EXAMPLE = "example.py"
HEAD = '''"""Judge an audio file: python example.py recording.wav

Needs {packages} alone.
"""

import sys
from pathlib import Path

import numpy as np
import soundfile
{imports}
RATE, THRESHOLD, PRIOR = {rate}, {threshold!r}, {prior!r}

waveform, rate = soundfile.read(sys.argv[1], dtype="float32", always_2d=True)
if rate != RATE:
    sys.exit(f"{{sys.argv[1]}} has {{rate}} samples per second: resample it to {{RATE}}.")
waveform = waveform.mean(axis=1)[None]
lengths = np.array([waveform.shape[1]], np.int32)
model = Path(__file__).with_name("{file}")
{call}
p_spoof = 1 / (1 + np.exp(llr[0]) * PRIOR / (1 - PRIOR))
verdict = "bonafide" if llr[0] >= THRESHOLD else "spoof"
print(f"{{verdict}}  P(spoof) {{p_spoof:.4f}}  llr {{llr[0]:+.6f}}  score {{score[0]:+.6f}}")
'''
ONNX = {
    "packages": "numpy, onnxruntime and soundfile",
    "imports": "from onnxruntime import InferenceSession\n",
    "call": (
        'session = InferenceSession(model, providers=["CPUExecutionProvider"])\n'
        'score, llr = session.run(["score", "llr"], {"waveform": waveform, "lengths": lengths})'
    ),
}
STABLEHLO = {
    "packages": "jax, numpy and soundfile",
    "imports": "from jax import export\n",
    "call": (
        "program = export.deserialize(bytearray(model.read_bytes()))\n"
        "score, llr = program.call(waveform, lengths)"
    ),
}
SAFETENSORS = '''"""List the weights of the detector: python example.py

Needs safetensors and numpy. `spoofjax score FOLDER recording.wav` judges a file with them.
"""

from pathlib import Path

from safetensors.numpy import load_file

for name, array in load_file(Path(__file__).with_name("{file}")).items():
    print(name, array.shape, array.dtype)
'''
ORBAX = '''"""List the weights of the detector: python example.py

Needs jax and orbax-checkpoint. "params" are trained; "constants" are statistics and codebooks.
"""

from pathlib import Path

import orbax.checkpoint

with orbax.checkpoint.StandardCheckpointer() as checkpointer:
    tree = checkpointer.restore(Path(__file__).absolute().with_name("{file}"))
for group, arrays in tree.items():
    for name, array in arrays.items():
        print(group, name, array.shape, array.dtype)
'''


def scoring_example(parts: dict[str, str], file: str, rate: int, rule: Rule) -> str:
    """Return a program that judges a file by a model of waveforms, of `ONNX` or `STABLEHLO`."""
    return HEAD.format(**parts, file=file, rate=rate, threshold=rule.threshold, prior=rule.prior)


def run_example(folder: Path, waveform: np.ndarray | None = None, rate: int = 0) -> str:
    """Run the example of an export, for a waveform (samples,) if given; return what it prints.

    Raises RunError where it fails.
    """
    with tempfile.TemporaryDirectory() as scratch:
        arguments = [sys.executable, str((folder / EXAMPLE).absolute())]
        if waveform is not None:
            recording = str(Path(scratch) / "recording.wav")
            soundfile.write(recording, waveform, rate, subtype="FLOAT")
            arguments.append(recording)
        done = subprocess.run(arguments, capture_output=True, text=True, cwd=scratch, check=False)
    if done.returncode:
        last = done.stderr.strip().rpartition("\n")[2]
        raise RunError(f"The example of the export failed ({last}); nothing was exported.")
    return done.stdout


def check_score(printed: str, expected: float, tolerance: float) -> None:
    """Raise RunError unless a scoring example printed this score."""
    score = float(printed.split()[-1])
    if not math.isclose(score, expected, rel_tol=tolerance, abs_tol=tolerance):
        raise RunError(
            f"The example printed the score {score:+.6f}, but the run gives {expected:+.6f}; "
            "nothing was exported."
        )
