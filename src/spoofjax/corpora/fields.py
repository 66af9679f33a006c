"""Cutting a whole text into fields at once, as numpy arrays.

A text is bytes in which every line, the last one too, ends in one newline.
"""

from __future__ import annotations

from collections.abc import Container, Sequence

import numpy as np

WORD = 8
FIRST = np.array([2**64 - 2 ** (8 * (WORD - length)) for length in range(WORD + 1)], ">u8")
"""Masks that keep the first 0 to 8 bytes of a word."""


def ends_of(data: bytes, delimiter: str) -> np.ndarray:
    """Return where each field ends, int64 (fields,)."""
    characters = np.frombuffer(data, np.uint8)
    return np.flatnonzero((characters == ord(delimiter)) | (characters == 10))


def width_of(data: bytes, ends: np.ndarray, allowed: Container[int]) -> int | None:
    """Return the number of fields that all lines have, or None where lines differ."""
    closing = np.frombuffer(data, np.uint8)[ends] == 10
    width = int(np.argmax(closing)) + 1
    if width not in allowed or len(ends) % width:
        return None
    table = closing.reshape(-1, width)
    return width if table[:, -1].all() and not table[:, :-1].any() else None


def columns_of(data: bytes, ends: np.ndarray, names: Sequence[str]) -> dict[str, np.ndarray]:
    """Return the named fields, each an array of bytes (lines,). Fields named '' are left out."""
    # Every field is read at the length of the longest one, so the last fields are read beyond the
    # end of the text; zeros are appended for that.
    longest = int(np.diff(ends, prepend=0).max(initial=0))
    text = np.frombuffer(data + bytes(max(longest, WORD)), np.uint8)
    table = ends.reshape(-1, len(names))
    return {name: _column(text, table, i) for i, name in enumerate(names) if name}


def _column(text: np.ndarray, table: np.ndarray, index: int) -> np.ndarray:
    ends = table[:, index]
    # A field starts behind the end of the previous one, the first field behind the previous line.
    starts = table[:, index - 1] + 1 if index else np.append(0, table[:-1, -1] + 1)
    lengths = ends - starts
    longest = max(int(lengths.max(initial=1)), 1)
    if longest <= WORD:
        # The eight bytes from each start are read as one number; the mask keeps those of the field.
        words = np.ndarray((len(text) - WORD + 1,), ">u8", text, strides=(1,))[starts]
        np.bitwise_and(words, FIRST[lengths], out=words)
        return words.view(f"S{WORD}")
    windows = np.lib.stride_tricks.sliding_window_view(text, longest)[starts]
    if int(lengths.min(initial=longest)) < longest:
        windows[np.arange(longest) >= lengths[:, None]] = 0
    return np.ascontiguousarray(windows).view(f"S{longest}").ravel()
