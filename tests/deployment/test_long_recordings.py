"""A recording of hours is heard whole, or only its start, in little memory."""

import json
import subprocess
import sys

import numpy as np
import pytest
import soundfile

from spoofjax.config import Clip

SCORE = """
import json, resource, sys
from pathlib import Path
from spoofjax.deployment.detector import Detector
from spoofjax.deployment.scoring import score_files
run, short, long = map(Path, sys.argv[1:])
detector = Detector.load(run)
list(score_files(detector, [short] * 16))
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
for pooling in ("start", "mean"):
    [row] = score_files(detector, [long], pooling=pooling, hop=4.0375)
    kibibytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    print(json.dumps([json.loads(row.to_json()), kibibytes]))
"""


@pytest.mark.slow
def test_three_hours_of_flac_need_little_memory(make_run, tmp_path):
    noise = np.random.default_rng(0).standard_normal(60 * 16_000).cumsum()
    noise = (1_000 * np.sin(noise / 9)).astype(np.int16)
    with soundfile.SoundFile(tmp_path / "long.flac", "w", 16_000, 1, compression_level=0) as file:
        for minute in range(180):  # silence is encoded and decoded sooner
            file.write(noise if minute % 2 == 0 else 0 * noise)
    soundfile.write(tmp_path / "short.flac", noise[:64_600], 16_000)
    command = [sys.executable, "-c", SCORE, str(make_run(Clip(evaluate=64_600)))]
    files = [str(tmp_path / "short.flac"), str(tmp_path / "long.flac")]
    lines = subprocess.check_output([*command, *files]).splitlines()
    (start, least), (row, most) = map(json.loads, lines)
    assert (start["seconds"], start["heard"], start["windows"]) == (3 * 3600, 4.037, 1)
    assert (row["seconds"], row["heard"], row["windows"]) == (3 * 3600, 3 * 3600, 2675)
    # All samples as float32 would need 659 MiB.
    assert least < 24 * 1024
    assert most < 100 * 1024
    (tmp_path / "long.flac").unlink()
