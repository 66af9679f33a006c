"""The first line of a command comes at once, before anything that takes time is imported."""

import subprocess
import sys

import pytest

CODE = """
import sys

class Terminal:
    def isatty(self):
        return True
    def write(self, text):
        if not hasattr(self, "first"):
            self.first = (text, "numpy" in sys.modules)
    def flush(self):
        pass

sys.stderr = Terminal()
from spoofjax.cli import main
status = main(sys.argv[1:])
print(status, *sys.stderr.first)
"""


@pytest.mark.parametrize("command", ["train", "evaluate", "score"])
def test_a_terminal_hears_of_a_command_at_once(command, tmp_path):
    arguments = [command, str(tmp_path / "nowhere"), *(["x.wav"] if command == "score" else [])]
    done = subprocess.run([sys.executable, "-c", CODE, *arguments], capture_output=True, text=True)
    status, *words, has_numpy = done.stdout.split()
    assert status == "1"
    assert words[0] in ("reading", "loading")
    assert has_numpy == "False"
