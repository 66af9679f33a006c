"""What changed since an earlier record of the accelerator benchmarks?"""

from __future__ import annotations

import json
from pathlib import Path

from bench.accelerator.session import Session


def print_comparison(session: Session, path: Path) -> None:
    """Print the ratio of each median to that of the row of the same name in an earlier record."""
    record = json.loads(path.read_text())
    earlier = {row["name"]: row["median"] for row in record["rows"]}
    pairs = [
        (row.name, row.median / earlier[row.name]) for row in session.rows if row.name in earlier
    ]
    print(f"\n== times divided by those of {path} ({record.get('device', 'unknown device')})")
    if record.get("device") != session.device.device_kind:
        print(f"This device is another one: {session.device.device_kind}.")
    for name, ratio in pairs:
        print(f"{name:78} {ratio:6.2f}")
    if not pairs:
        print("No row of the same name.")
