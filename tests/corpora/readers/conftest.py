"""What the tests of readers share."""

import pytest


@pytest.fixture
def lay(tmp_path):
    """Write {path: text, or None for an empty file} below a folder and return it as a string."""

    def write(files, folder="corpus"):
        for name, text in files.items():
            path = tmp_path / folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text or "")
        return str(tmp_path / folder)

    return write
