"""The generated transforms are what their generator writes."""

import subprocess
import sys


def test_the_generated_header_is_up_to_date(repository):
    generator = repository / "csrc" / "features" / "generate_fft.py"
    subprocess.run([sys.executable, generator, "--check"], check=True, timeout=60)
