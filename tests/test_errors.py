"""Messages are safe to print, whatever the names of the files they are about."""

import os

import pytest

from spoofjax.errors import AudioError, printable


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("plain.wav", "plain.wav"),
        ("größer 日本.wav", "größer 日本.wav"),
        ("red\x1b[31m.wav", "red\\x1b[31m.wav"),
        ("two\nlines\r.wav", "two\\nlines\\r.wav"),
        ("c1\x9b2J.wav", "c1\\x9b2J.wav"),
        ("paragraph\u2029.wav", "paragraph\\u2029.wav"),
        ("reversed\u202evaw.exe", "reversed\\u202evaw.exe"),
        (os.fsdecode(b"caf\xe9.wav"), "caf\\xe9.wav"),
    ],
)
def test_control_characters_are_shown_escaped(name, shown):
    assert printable(name) == shown
    assert str(AudioError(f"{name}: no such file.")) == f"{shown}: no such file."
