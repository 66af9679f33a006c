"""`spoofjax embed` loses at most the shard that it was writing when it is killed."""

import subprocess
import sys
import time

import pytest
import small_encoders
import started_runs

CONFIG = '''"""A small encoder whose outputs are written once."""

from spoofjax.config import Clip
from spoofjax.corpora import ASVspoof5
from spoofjax.defaults import experiment
from spoofjax.features import Waveform
from spoofjax.models import SelfSupervised
from spoofjax.models.encoders import Wav2Vec2
from spoofjax.models.heads import MHFA

config = experiment(
    data=ASVspoof5(root={root!r}),
    front_end=Waveform(),
    model=SelfSupervised(encoder=Wav2Vec2(weights={weights!r}), head=MHFA()),
    clip=Clip(train=6_000, evaluate=6_000, short="pad"),
    steps=1,
)
'''


def start(config, out):
    """Start `spoofjax embed`, which writes a shard for each utterance."""
    options = ("--out", str(out), "--pool", "none", "--shard-rows", "1", "--quiet")
    command = [sys.executable, "-m", "spoofjax.cli", "embed", str(config), *options]
    return subprocess.Popen(
        command, env=started_runs.environment(), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )


def finish(process):
    error = process.communicate(timeout=280)[1]
    assert process.returncode == 0, error.decode()


def contents(folder):
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*.*")}


@pytest.mark.slow
def test_a_killed_command_continues_to_the_same_bytes(tiny_corpus, tmp_path):
    weights = small_encoders.write_folder(tmp_path / "weights")
    config = tmp_path / "embed.py"
    config.write_text(CONFIG.format(root=str(tiny_corpus()), weights=str(weights)))
    finish(start(config, tmp_path / "uninterrupted"))

    killed = tmp_path / "killed"
    process = start(config, killed)
    while not (killed / "train" / "00003.json").is_file():
        assert process.poll() is None, process.communicate()[1].decode()
        time.sleep(0.001)
    process.kill()
    process.communicate()
    assert not (killed / "eval" / "manifest.json").exists()  # otherwise it was killed too late
    receipts = {path: path.stat().st_mtime_ns for path in (killed / "train").glob("0*.json")}

    finish(start(config, killed))
    assert contents(killed) == contents(tmp_path / "uninterrupted")
    assert receipts == {path: path.stat().st_mtime_ns for path in receipts}
