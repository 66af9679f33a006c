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
    """Material too large for the repository; tests that need it skip where it is absent."""
    folder = REPOSITORY.parent / "shared"
    if not (folder / "fixtures").is_dir():
        pytest.skip("needs the shared fixtures folder beside the checkout")
    return folder
