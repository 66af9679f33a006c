"""The attacks under AddressSanitizer and UndefinedBehaviorSanitizer, with random options."""

import shutil
import subprocess

import pytest


@pytest.mark.slow
def test_fifteen_seconds_of_random_attacks_under_sanitizers(repository, tmp_path):
    compiler = shutil.which("gcc") or shutil.which("cc")
    if compiler is None:
        pytest.skip("needs a C compiler")
    program = tmp_path / "fuzz"
    csrc = repository / "csrc"
    sources = [*sorted((csrc / "synthesis").glob("*.c")), *sorted((csrc / "base").glob("*.c"))]
    harness = repository / "tests" / "synthesis" / "fuzz" / "fuzz_attacks.c"
    flags = "-g -O1 -std=c11 -pthread -fno-math-errno -fsanitize=address,undefined"
    build = subprocess.run(
        [compiler, *flags.split(), "-fno-sanitize-recover=all", f"-I{csrc}", harness, *sources,
         "-o", program, "-lm"],
        capture_output=True, text=True,
    )  # fmt: skip
    if build.returncode and "cannot find" in build.stderr:
        pytest.skip("the compiler has no sanitizer libraries")
    assert build.returncode == 0, build.stderr
    run = subprocess.run([program, "1", "100000000", "15"], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    assert int(run.stdout.split()[0]) > 50
