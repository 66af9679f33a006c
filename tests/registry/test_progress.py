"""The progress of a download: one line that changes on a terminal, few lines in a log."""

import io

from spoofjax.registry.progress import Meter, size


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_a_log_has_a_line_for_each_tenth():
    out = io.StringIO()
    meter = Meter("model.bin", out)
    for done in range(0, 1001, 5):
        meter(done * 10**6, 10**9)
    lines = out.getvalue().splitlines()
    assert len(lines) == 11
    assert lines[1] == "model.bin: 100.00 MB of 1.00 GB, 10%"


def test_a_terminal_has_one_line_that_changes():
    out = Terminal()
    meter = Meter("model.bin", out)
    for done in range(0, 1001):
        meter(done, 1000)
    assert out.getvalue().count("\n") == 1
    assert out.getvalue().endswith("\rmodel.bin: 1.00 kB of 1.00 kB, 100%\n")


def test_a_file_of_unknown_size_shows_what_has_arrived():
    out = Terminal()
    Meter("model.bin", out)(2_500_000, None)
    assert out.getvalue() == "\rmodel.bin: 2.50 MB"


def test_sizes_have_decimal_units():
    assert [size(n) for n in (12, 1_500, 3_860_000_000)] == ["12 B", "1.50 kB", "3.86 GB"]
