"""What pyproject.toml cannot say: the Cython extensions over csrc/."""

from glob import glob

import numpy as np
from Cython.Build import cythonize
from setuptools import Extension, setup

COMPILE = ["-O3", "-std=c11", "-fvisibility=hidden", "-fno-math-errno", "-pthread"]


def extension(module: str, sources: list[str]) -> Extension:
    """One Cython module and its C sources; headers are named so that the sdist has them."""
    return Extension(
        module,
        ["src/" + module.replace(".", "/") + ".pyx", *sources],
        include_dirs=["csrc", np.get_include()],
        depends=sorted(glob("csrc/**/*.h", recursive=True)),
        extra_compile_args=COMPILE,
        extra_link_args=["-pthread"],
        define_macros=[("NPY_NO_DEPRECATED_API", "NPY_1_7_API_VERSION")],
        libraries=["m"],
    )


setup(
    ext_modules=cythonize(
        [
            extension("spoofjax.features._framed", sorted(glob("csrc/features/*.c"))),
            extension(
                "spoofjax.audio._augment",
                [*sorted(glob("csrc/audio/*.c")), "csrc/features/pool.c"],
            ),
            extension("spoofjax.audio._flac", sorted(glob("csrc/flac/*.c"))),
        ],
        language_level=3,
        annotate=False,
    )
)
