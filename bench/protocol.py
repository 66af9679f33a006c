"""How long does the evaluation protocol of ASVspoof 5 take to read and check, all 680,774 rows?

    python -m bench.protocol [--quick] [--rows 680774] [--repeats 7] [--json FILE]

The protocol is generated. So is the listing of its folder, because half a million real files would
measure the disk rather than the reader. The peer is what a script does with a protocol: it makes
one dict for each row and looks each row's file up in a set. Times are CPU time of one thread.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import tempfile
from pathlib import Path
from unittest import mock

if not __package__:
    sys.path[0] = str(Path(__file__).resolve().parent.parent)

from bench.timing import interleave, print_table, write_json
from spoofjax.corpora.readers.asvspoof5 import ASVspoof5

FIELDS = (
    "speaker", "id", "gender", "codec", "quality", "seed", "adaptation", "attack", "key", "end",
)  # fmt: skip


def generated(rows: int) -> str:
    """Return a protocol of `rows` utterances in random order, a fifth of them bona fide."""
    lines = []
    for number in random.Random(5).sample(range(10**7), rows):
        bonafide = number % 5 == 0
        lines.append(
            f"E_{number % 737:04d} E_{number:010d} {'FM'[number % 2]} C{number % 11 + 1:02d} "
            f"{number % 5} E_{number + 1:010d} {'-' if bonafide else 'AC1'} "
            f"{'bonafide' if bonafide else f'A{17 + number % 16}'} "
            f"{'bonafide' if bonafide else 'spoof'} -\n"
        )
    return "".join(lines)


def row_by_row(protocol: Path, folder: Path) -> list[dict[str, str]]:
    """Read the same protocol as a script would, and check that every file exists."""
    names = set(os.listdir(folder))
    table = []
    with protocol.open() as lines:
        for line in lines:
            row = dict(zip(FIELDS, line.split(), strict=True))
            if f"{row['id']}.flac" not in names:
                raise SystemExit(f"There is no file for {row['id']}.")
            table.append(row)
    return table


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="20,000 rows, 2 rounds")
    parser.add_argument("--rows", type=int, default=680_774)
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--json", type=Path, help="write the rows to a file as well")
    options = parser.parse_args()
    if options.quick:
        options.rows, options.repeats = 20_000, 2
    with tempfile.TemporaryDirectory() as root:
        protocol, folder = Path(root, "ASVspoof5.eval.track_1.tsv"), Path(root, "flac_E_eval")
        folder.mkdir()
        text = generated(options.rows)
        protocol.write_text(text)
        files = [f"{line.split()[1]}.flac" for line in text.splitlines()]
        reader = ASVspoof5(root=root)
        with mock.patch.object(os, "listdir", return_value=files):
            assert len(reader.manifest("eval")) == len(row_by_row(protocol, folder))
            rows = interleave(
                {
                    "spoofjax": lambda: reader.manifest("eval"),
                    "row by row": lambda: row_by_row(protocol, folder),
                },
                options.repeats,
            )
    print_table(f"{options.rows:,} rows", rows, unit="ms", reference="spoofjax")
    if options.json:
        write_json(options.json, f"a protocol of {options.rows:,} rows", rows)


if __name__ == "__main__":
    main()
