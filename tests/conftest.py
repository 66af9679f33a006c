"""Fixtures that several rooms share."""

from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def repository() -> Path:
    """The checkout, with configs/ and demo/ in it."""
    return REPOSITORY


@pytest.fixture(scope="session")
def shared() -> Path:
    """Fixtures too large or too licensed for the repository; the test skips where they are absent."""
    folder = REPOSITORY.parent / "shared"
    if not (folder / "fixtures").is_dir():
        pytest.skip("needs the shared fixtures folder beside the checkout")
    return folder
