"""What pyproject.toml cannot say: the Cython extensions over csrc/."""

import sys
from glob import glob
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from Cython.Build import cythonize
from setuptools import Extension, setup

COMPILE = ["-O3", "-std=c11", "-fvisibility=hidden", "-fno-math-errno", "-pthread"]
BASE = sorted(glob("csrc/base/*.c"))


def extension(module: str, sources: list[str], **more) -> Extension:
    """One Cython module and its C sources; headers are named so that the sdist has them."""
    how = {
        "include_dirs": ["csrc", np.get_include()],
        "depends": sorted(glob("csrc/**/*.h", recursive=True)),
        "extra_compile_args": COMPILE,
        "extra_link_args": ["-pthread"],
        "define_macros": [("NPY_NO_DEPRECATED_API", "NPY_1_7_API_VERSION")],
        "libraries": ["m"],
    }
    return Extension(module, ["src/" + module.replace(".", "/") + ".pyx", *sources], **how | more)


def layers() -> list[Extension]:
    """Layers for XLA, a bit of C++ in them; without jaxlib's headers training does without."""
    found = find_spec("jaxlib")
    if found is None or found.origin is None:
        print("jaxlib is not here: layers in C are left out", file=sys.stderr)
        return []
    sources = [*sorted(glob("csrc/layers/*.c")), "csrc/layers/ffi.cc", *BASE]
    return [
        extension(
            "spoofjax.models.layers._layers",
            sources,
            include_dirs=["csrc", str(Path(found.origin).parent / "include")],
            extra_compile_args=[flag for flag in COMPILE if not flag.startswith("-std")],
            libraries=["m", "stdc++"],
            optional=True,
        )
    ]


setup(
    ext_modules=cythonize(
        [
            extension("spoofjax._processor", ["csrc/base/processor.c"]),
            extension("spoofjax.features._framed", [*sorted(glob("csrc/features/*.c")), *BASE]),
            extension(
                "spoofjax.audio._augment",
                [*sorted(glob("csrc/audio/*.c")), *BASE],
            ),
            extension("spoofjax.audio._flac", sorted(glob("csrc/flac/*.c"))),
            extension(
                "spoofjax.corpora.packing._gather",
                [*sorted(glob("csrc/shards/*.c")), *BASE],
            ),
            *layers(),
        ],
        language_level=3,
        annotate=False,
    )
)
