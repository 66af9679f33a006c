"""What pyproject.toml cannot say: the Cython extensions over csrc/, and packages outside src/.

The configurations and the demo corpus are installed as the data of `spoofjax.configs` and
`spoofjax.demo`, with the same position to each other as in a checkout.
"""

import sys
from glob import glob
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from Cython.Build import cythonize
from setuptools import Extension, find_packages, setup
from setuptools.command.build_py import build_py

# Of what debuggers read, line numbers alone (-g1): all of it takes almost twice as long to build.
COMPILE = ["-O3", "-g1", "-std=c11", "-fvisibility=hidden", "-fno-math-errno", "-pthread"]
BASE = sorted(glob("csrc/base/*.c"))


def extension(module: str, sources: list[str], **options) -> Extension:
    """Return one Cython module with its C sources; `options` override those of all modules."""
    defaults = {
        "include_dirs": ["csrc", np.get_include()],
        # A change of a header rebuilds the module, and the sdist gets the headers.
        "depends": sorted(glob("csrc/**/*.h", recursive=True)),
        "extra_compile_args": COMPILE,
        "extra_link_args": ["-pthread"],
        "define_macros": [("NPY_NO_DEPRECATED_API", "NPY_1_7_API_VERSION")],
        "libraries": ["m"],
    }
    cython_source = "src/" + module.replace(".", "/") + ".pyx"
    return Extension(module, [cython_source, *sources], **defaults | options)


def layers() -> list[Extension]:
    """Return the layers for XLA, or nothing where jaxlib, whose headers they need, is missing.

    They are optional: without them XLA computes the layers.
    """
    package = find_spec("jaxlib")
    if package is None or package.origin is None:
        print("jaxlib is not installed: the layers in C are not built.", file=sys.stderr)
        return []
    sources = [*sorted(glob("csrc/layers/*.c")), "csrc/layers/ffi.cc", *BASE]
    return [
        extension(
            "spoofjax.models.layers._layers",
            sources,
            include_dirs=["csrc", str(Path(package.origin).parent / "include")],
            # One source is C++, where -std=c11 is an error.
            extra_compile_args=[flag for flag in COMPILE if not flag.startswith("-std")],
            libraries=["m", "stdc++"],
            optional=True,
        )
    ]


class BuildPackages(build_py):
    """Installs the demo corpus without the scripts that made it."""

    def find_package_modules(self, package: str, package_dir: str) -> list[tuple[str, str, str]]:
        """Return the Python files of a package."""
        if package == "spoofjax.demo":
            return []
        return super().find_package_modules(package, package_dir)


setup(
    packages=[*find_packages("src"), "spoofjax.configs", "spoofjax.demo"],
    package_dir={"": "src", "spoofjax.configs": "configs", "spoofjax.demo": "demo"},
    package_data={
        "spoofjax.deployment": ["demo_detector/*", "demo_detector/report/*"],
        "spoofjax.report": ["templates/*"],
        "spoofjax.service": ["page/*"],
        "spoofjax.demo": ["*.md", "corpus/*.tsv", "corpus/*/*.flac"],
    },
    cmdclass={"build_py": BuildPackages},
    ext_modules=cythonize(
        [
            extension("spoofjax._processor", ["csrc/base/processor.c"]),
            extension("spoofjax.features._framed", [*sorted(glob("csrc/features/*.c")), *BASE]),
            extension(
                "spoofjax.audio._augment",
                [*sorted(glob("csrc/audio/*.c")), *BASE],
            ),
            extension("spoofjax.audio._flac", sorted(glob("csrc/flac/*.c"))),
            extension("spoofjax.audio.codecs._celp", sorted(glob("csrc/codecs/*.c"))),
            extension("spoofjax.cluster._watch", ["csrc/watch/watch.c"]),
            extension(
                "spoofjax.corpora.packing._gather",
                [*sorted(glob("csrc/shards/*.c")), *BASE],
            ),
            extension(
                "spoofjax.synthesis._attacks",
                [*sorted(glob("csrc/synthesis/*.c")), *BASE],
            ),
            *layers(),
        ],
        language_level=3,
        annotate=False,
    ),
)
