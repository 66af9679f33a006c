"""The C parts of the benchmark, compiled for one width of vectors and called through ctypes."""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
from ctypes import c_float, c_int, c_ssize_t, c_uint64, c_void_p
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from spoofjax.features import tables
from spoofjax.features.framed import Framed
from spoofjax.processor import LEVELS

ROOT = Path(__file__).resolve().parents[2]
LANES = {"avx2": 8, "avx512": 16}
FLAGS = {
    "avx2": ("-mavx2", "-mfma", "-mprfchw"),
    "avx512": ("-mavx512f", "-mavx512dq", "-mavx512bw", "-mavx512vl", "-mavx2", "-mfma",
               "-mprfchw"),
}  # fmt: skip
SOURCES = ("bench/floor/stages.c", "bench/floor/peaks.c", "csrc/features/plan.c",
           "csrc/features/kernel_baseline.c", "csrc/base/processor.c")  # fmt: skip
STAGES = ("samples", "cut", "columns", "rows", "filter", "log", "cosine", "write", "slopes")
"""In the order of stages.c."""
PAGE = 4096


class Options(ctypes.Structure):
    """framed_options of csrc/features/framed.h."""

    _fields_ = (
        ("frame_length", c_int), ("hop", c_int), ("fft", c_int), ("center", c_int),
        ("window", c_void_p), ("pre_emphasis", c_float), ("pre_emphasis_frames", c_int),
        ("remove_dc", c_int), ("magnitude", c_int), ("filters", c_int), ("filter_bank", c_void_p),
        ("log_scale", c_float), ("eps", c_float), ("floor", c_float), ("cepstra", c_int),
        ("dct", c_void_p), ("energy", c_int), ("deltas", c_int), ("delta_width", c_int),
        ("normalize", c_int),
    )  # fmt: skip


class Clip(ctypes.Structure):
    """framed_clip of csrc/features/plan.h."""

    _fields_ = (
        ("samples", c_void_p), ("int16", c_int), ("length", c_ssize_t), ("stride", c_ssize_t),
        ("out", c_void_p), ("frames", c_ssize_t), ("out_stride", c_ssize_t),
    )  # fmt: skip


def aligned(count: int) -> np.ndarray:
    """Return so many float32 zeros at the start of a page."""
    memory = np.zeros(4 * count + PAGE, np.uint8)
    begin = -memory.ctypes.data % PAGE
    return memory[begin : begin + 4 * count].view(np.float32)


def compile_library(level: str, folder: Path) -> ctypes.CDLL:
    """Compile the sources for a SIMD level. Exits with the compiler's words where it fails."""
    compiler = os.environ.get("CC") or shutil.which("gcc") or shutil.which("cc")
    if compiler is None:
        raise SystemExit("The benchmark compiles C: install gcc or clang, or set CC.")
    common = [compiler, "-O3", "-std=c11", "-fno-math-errno", "-fPIC", f"-I{ROOT / 'csrc'}"]
    objects = []
    for source in SOURCES:
        # What the kernels share is compiled for any processor, as in the package.
        is_kernel = source.startswith("bench")
        flags = (f"-DLANES={LANES[level]}", *FLAGS[level]) if is_kernel else ()
        objects.append(str(folder / f"{level}_{Path(source).stem}.o"))
        run([*common, *flags, "-c", str(ROOT / source), "-o", objects[-1]])
    path = folder / f"floor_{level}.so"
    run([compiler, "-shared", "-o", str(path), *objects, "-lm"])
    return declare(ctypes.CDLL(str(path)))


def run(command: list[str]) -> None:
    """Run the compiler; exit with what it says where it fails."""
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode:
        raise SystemExit(f"{' '.join(command)}\n{result.stderr}")


def declare(library: ctypes.CDLL) -> ctypes.CDLL:
    """Declare the types of the functions."""
    signatures = {
        "framed_plan_new": (c_void_p, (c_void_p, c_int)),
        "framed_plan_free": (None, (c_void_p,)),
        "framed_scratch_bytes": (ctypes.c_size_t, (c_void_p, c_int)),
        "floor_stages": (None, (c_void_p, c_void_p, c_void_p, c_void_p)),
        "floor_clock": (c_uint64, (c_uint64,)),
        "floor_multiply_add": (c_uint64, (c_ssize_t,)),
        "floor_shuffle": (c_uint64, (c_ssize_t,)),
        "floor_read": (c_uint64, (c_void_p, c_ssize_t, c_ssize_t)),
        "floor_write": (c_uint64, (c_void_p, c_ssize_t, c_ssize_t)),
    }
    for name, (result, arguments) in signatures.items():
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    return library


@dataclass
class Stages:
    """A front end in the build for one level: call it with a clip and rows to fill."""

    front_end: Framed
    level: str
    library: ctypes.CDLL

    def __post_init__(self) -> None:
        front_end = self.front_end
        bank, cosines = front_end.filter_bank(), front_end.cosine_transform()
        if bank is None or front_end.spectrum != "power" or front_end.normalize != "none":
            raise SystemExit("The stages are those of power spectra with filters, not normalised.")
        window = np.ascontiguousarray(front_end.weights(), np.float32)
        bank = np.ascontiguousarray(bank, np.float32)
        cosines = np.zeros((0, 0)) if cosines is None else cosines
        cosines = np.ascontiguousarray(cosines, np.float32)
        options = Options(
            frame_length=front_end.frame_length, hop=front_end.hop, fft=front_end.fft,
            center=front_end.center, window=window.ctypes.data,
            pre_emphasis=front_end.pre_emphasis, filters=len(bank),
            filter_bank=bank.ctypes.data, log_scale=tables.LOG_SCALES[front_end.log],
            eps=front_end.eps, floor=front_end.floor, cepstra=len(cosines),
            dct=cosines.ctypes.data, deltas=front_end.deltas, delta_width=front_end.delta_width,
        )  # fmt: skip
        level = LEVELS.index(self.level)
        self.plan = self.library.framed_plan_new(ctypes.addressof(options), level)
        scratch = self.library.framed_scratch_bytes(self.plan, LANES[self.level])
        self.scratch = aligned(scratch // 4 + PAGE)

    def __call__(self, clip: np.ndarray, rows: np.ndarray) -> np.ndarray:
        """Fill `rows`, float32 (frames, coefficients), and return uint64 (stages,): ticks."""
        ticks = np.zeros(len(STAGES), np.uint64)
        described = Clip(
            samples=clip.ctypes.data, int16=0, length=len(clip), stride=1,
            out=rows.ctypes.data, frames=len(rows), out_stride=rows.shape[1],
        )  # fmt: skip
        self.library.floor_stages(
            self.plan, ctypes.addressof(described), self.scratch.ctypes.data, ticks.ctypes.data
        )
        return ticks
