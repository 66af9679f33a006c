"""The house keeps its shape: imports point one way, without circles, and files stay small."""

import ast
import graphlib
from collections.abc import Iterator
from pathlib import Path

import pytest

LAYERS = (
    {
        "errors",
        "failures",
        "signals",
        "files",
        "output",
        "own_code",
        "choices",
        "config",
        "config_files",
        "config_paths",
        "json_files",
        "memory",
        "names",
        "part",
        "blas",
        "processor",
        "settings",
        "registry",
        "shapes",
        "splicing",
        "transfer",
        "tracing",
        "distillation",
        "tensors",
        "version",
    },
    {"features", "audio"},
    {"corpora"},
    {"cluster", "runs", "models", "loading", "evaluation", "synthesis", "vocoders"},
    {"training", "deployment", "report", "guards", "information", "defaults"},
    {"service", "sweeps"},
    {"commands", "cli", "api", "spoofjax"},
)
"""From the ground up: a package imports from its own layer and from those below it."""
APART = {("deployment", "training"), ("report", "training"), ("evaluation", "runs")}
"""Pairs of which the first never imports the second, although their layers would allow it."""


@pytest.fixture(scope="module")
def source(repository: Path) -> Path:
    return repository / "src" / "spoofjax"


@pytest.fixture(scope="module")
def imports(source: Path) -> dict[str, set[str]]:
    """What each module of spoofjax imports of spoofjax, imports inside functions included."""
    names = {module_name(source, path): path for path in sorted(source.rglob("*.py"))}
    return {name: set(imported(path, names)) - {name} for name, path in names.items()}


def module_name(source: Path, path: Path) -> str:
    parts = ("spoofjax", *path.relative_to(source).with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imported(path: Path, names: dict[str, Path]) -> Iterator[str]:
    """Yield the modules that a file imports; what only a type checker sees does not count."""
    nodes: list[ast.AST] = [ast.parse(path.read_text())]
    while nodes:
        node = nodes.pop()
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            nodes.extend(node.orelse)
            continue
        if isinstance(node, ast.Import):
            candidates = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            members = [f"{node.module}.{alias.name}" for alias in node.names]
            # `from package import module` needs the module, not all that the package exports.
            candidates = [name for name in members if name in names] or [node.module]
        else:
            candidates = []
        yield from (name for name in candidates if name in names)
        nodes.extend(ast.iter_child_nodes(node))


def package(module: str) -> str:
    return module.split(".")[1] if "." in module else "spoofjax"


def layer(name: str) -> int:
    return next(number for number, names in enumerate(LAYERS) if name in names)


def test_every_package_has_a_layer(imports):
    packages = {package(module) for module in imports}
    assert packages <= set().union(*LAYERS)


def test_imports_point_from_the_commands_to_the_ground(imports):
    upwards = [
        f"{module} imports {target}"
        for module, targets in imports.items()
        for target in targets
        if layer(package(target)) > layer(package(module))
    ]
    assert upwards == []


def test_some_packages_never_import_one_another(imports):
    joined = [
        f"{module} imports {target}"
        for module, targets in imports.items()
        for target in targets
        if (package(module), package(target)) in APART
    ]
    assert joined == []


def test_no_module_imports_itself_through_others(imports):
    # A package that exports what its own modules hold is no circle.
    graph = {
        module: {target for target in targets if not module.startswith(target + ".")}
        for module, targets in imports.items()
    }
    graphlib.TopologicalSorter(graph).prepare()  # raises CycleError, which names the circle


def test_no_package_imports_itself_through_others(imports):
    graph: dict[str, set[str]] = {}
    for module, targets in imports.items():
        graph.setdefault(package(module), set()).update(map(package, targets))
    for name, targets in graph.items():
        targets.discard(name)
    graphlib.TopologicalSorter(graph).prepare()


def test_files_stay_small_enough_to_hold_in_mind(source):
    lengths = sorted((len(p.read_text().splitlines()), p.name) for p in source.rglob("*.py"))
    assert lengths[-1][0] < 350, lengths[-1]
    assert lengths[len(lengths) // 2][0] < 120


def test_only_one_file_spells_the_names_inside_a_run_folder(source):
    names = ('"decision.json"', '"config.json"', '"environment.json"')
    names += ("metrics.jsonl", "weights.safetensors")
    spelled = {
        path.relative_to(source).as_posix()
        for path in source.rglob("*.py")
        if any(name in path.read_text() for name in names)
    }
    assert len(spelled) == 1, spelled


def test_no_two_test_files_have_the_same_name(repository):
    # pytest cannot collect two modules of one name from folders that are no packages.
    names = [path.name for path in (repository / "tests").rglob("test_*.py")]
    assert {name for name in names if names.count(name) > 1} == set()


@pytest.mark.parametrize("pattern", ["*.md", "*.py", "*.[ch]", "*.pyx", "*.toml"])
def test_no_merge_was_left_half_done(repository, pattern):
    places = ("src", "csrc", "configs", "docs", "tests", "bench")
    paths = [p for place in places for p in (repository / place).rglob(pattern)]
    paths += list(repository.glob(pattern))
    assert paths
    marks = tuple(7 * letter + " " for letter in "<>")
    marked = [
        path.name
        for path in paths
        if any(line.startswith(marks) for line in path.read_text().splitlines())
    ]
    assert marked == []
