"""Every header of csrc parses by itself and has a guard; includes point one way."""

import graphlib
import re
import shutil
import subprocess
from pathlib import Path

import jaxlib
import pytest

CSRC = Path(__file__).resolve().parents[2] / "csrc"
HEADERS = sorted(path.relative_to(CSRC).as_posix() for path in CSRC.rglob("*.h"))
VECTOR_FLAGS = {
    "avx2": ("-DLANES=8", "-mavx2", "-mfma"),
    "avx512": ("-DLANES=16", "-mavx512f", "-mavx512dq", "-mavx512bw", "-mavx512vl", "-mfma"),
}


def headers_with(text: str) -> list[str]:
    return [name for name in HEADERS if text in (CSRC / name).read_text()]


def parse(header: str, compiler: str, *flags: str) -> None:
    """Parse one header alone; raise AssertionError with what the compiler says against it."""
    program = shutil.which(compiler)
    if program is None:
        pytest.skip(f"needs {compiler}")
    command = [program, "-fsyntax-only", f"-I{CSRC}", *flags, CSRC / header]
    result = subprocess.run(command, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr


def included_files(path: Path) -> list[str]:
    """Return the files of csrc that a source includes, relative to csrc."""
    names = re.findall(r'^\s*#\s*include\s+"([^"]+)"', path.read_text(), re.MULTILINE)
    candidates = [place for name in names for place in (path.parent / name, CSRC / name)]
    return [place.relative_to(CSRC).as_posix() for place in candidates if place.is_file()]


@pytest.fixture(scope="module")
def includes() -> dict[str, list[str]]:
    """What each source of csrc includes from csrc, both relative to it."""
    sources = [path for path in sorted(CSRC.rglob("*")) if path.suffix in (".h", ".c", ".cc")]
    return {path.relative_to(CSRC).as_posix(): included_files(path) for path in sources}


@pytest.mark.parametrize("header", HEADERS)
def test_a_header_parses_by_itself(header):
    parse(header, "gcc", "-std=c11", "-x", "c", "-Wall", "-Wextra", "-Wno-unused-function")


@pytest.mark.parametrize("build", VECTOR_FLAGS)
@pytest.mark.parametrize("header", headers_with("#if LANES"))
def test_a_kernels_header_parses_for_wider_vectors(header, build):
    parse(header, "gcc", "-std=c11", "-x", "c", *VECTOR_FLAGS[build])


@pytest.mark.parametrize("header", headers_with("__cplusplus"))
def test_a_header_for_xla_parses_as_cpp(header):
    parse(header, "g++", "-x", "c++", f"-I{Path(jaxlib.__file__).parent / 'include'}")


@pytest.mark.parametrize("header", HEADERS)
def test_a_header_guards_itself(header):
    code = re.sub(r"/\*.*?\*/", "", (CSRC / header).read_text(), flags=re.DOTALL).strip()
    guard = re.match(r"#ifndef (\w+)\n#define \1\n", code)
    assert guard is not None
    assert code.endswith("#endif")


def test_every_guard_has_a_name_of_its_own():
    names = re.findall(r"#ifndef (SPOOFJAX_\w+)", "".join((CSRC / h).read_text() for h in HEADERS))
    assert len(names) == len(set(names)) == len(HEADERS)


def test_every_include_is_a_file_of_csrc_or_of_the_system(includes):
    for source in includes:
        quoted = re.findall(r'#\s*include\s+"([^"]+)"', (CSRC / source).read_text())
        own = [name for name in quoted if not name.startswith("xla/")]
        assert len(own) == len(includes[source]), source


def test_folders_include_nothing_but_their_own_files_and_base(includes):
    sideways = [
        f"{source} includes {header}"
        for source, headers in includes.items()
        for header in headers
        if Path(header).parent not in (Path(source).parent, Path("base"))
    ]
    assert sideways == []


def test_no_file_includes_itself_through_others(includes):
    # A .h and the .c of the same name are one: a plan that includes a batch, whose .c includes the
    # plan, is a circle as well.
    graph: dict[str, set[str]] = {}
    for source, headers in includes.items():
        pair = str(Path(source).with_suffix(""))
        graph.setdefault(pair, set()).update(str(Path(name).with_suffix("")) for name in headers)
        graph[pair].discard(pair)
    graphlib.TopologicalSorter(graph).prepare()  # raises CycleError, which names the circle
