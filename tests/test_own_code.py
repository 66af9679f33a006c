"""Parts that a user defines in a file of their own: docs/your_own.md runs as it stands."""

import json
import re
import sys
from pathlib import Path

import numpy as np
import pytest

from spoofjax.cli import main
from spoofjax.config_files import callbacks_of, from_json, load_config, to_json
from spoofjax.errors import ConfigError
from spoofjax.own_code import module_name, run_file
from spoofjax.report.viewers import Callbacks

BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.fixture
def my_file(repository, tiny_corpus, tmp_path, monkeypatch):
    """The file that the guide builds up, in a folder with a corpus."""
    monkeypatch.chdir(tmp_path)
    Path("corpus").symlink_to(tiny_corpus())
    blocks = BLOCK.findall((repository / "docs" / "your_own.md").read_text())
    assert len(blocks) == 5
    path = Path("my.py")
    path.write_text("\n\n".join(blocks))
    yield path
    sys.modules.pop(module_name(path), None)


def test_the_parts_of_the_guide_are_read_from_json_where_the_file_has_run(my_file):
    config = load_config(my_file, ["--model.width", "24"])
    values = to_json(config)
    assert values["model"]["type"] == "own.my.Pooled"
    assert values["model"]["width"] == 24
    assert from_json(values) == config
    sys.modules.pop("own.my")
    with pytest.raises(
        ConfigError, match=r"Pooled is a class of your own file my.py.*--code my.py"
    ):
        from_json(values["model"])


def test_the_augmentation_and_the_loss_of_the_guide_do_what_they_say(my_file):
    config = load_config(my_file)
    clips = np.ones((200, 4), np.float32)
    turned = config.augment(clips, np.arange(200, dtype=np.uint64), 16_000)
    assert turned.dtype == np.float32
    assert 60 < (turned[:, 0] < 0).sum() < 140
    assert [function.__name__ for function in callbacks_of(my_file)] == ["note"]


@pytest.mark.slow
def test_the_commands_of_the_guide_train_resume_score_and_evaluate(my_file, capsys):
    train = ["train", "my.py", "--out", "runs/mine", "--quiet"]
    assert main(train) == 0
    progress = Path("progress.txt").read_text().splitlines()
    assert [line.split()[0] for line in progress] == ["10", "20"]
    assert main([*train, "--resume"]) == 0
    sys.modules.pop("own.my")  # as in another process
    file = "corpus/flac_D/D_0000000001.flac"
    capsys.readouterr()
    assert main(["score", "runs/mine", file]) == 1
    assert "Name that file: --code my.py" in capsys.readouterr().err
    assert main(["score", "runs/mine", file, "--json", "--code", "my.py"]) == 0
    assert "score" in json.loads(capsys.readouterr().out)
    assert main(["evaluate", "runs/mine", "--split", "dev", "--code", "my.py"]) == 0


def test_a_file_that_fails_or_lacks_a_class_is_named(tmp_path):
    path = tmp_path / "broken.py"
    path.write_text("value = 1 / 0\n")
    with pytest.raises(ConfigError, match=r"broken\.py: ZeroDivisionError"):
        run_file(path)
    assert "own.broken" not in sys.modules
    with pytest.raises(ConfigError, match=r"gone\.py: FileNotFoundError"):
        run_file(tmp_path / "gone.py")
    path.write_text("Other = 3\ncallbacks = print\n")
    run_file(path)
    with pytest.raises(ConfigError, match=r"broken\.py defines no Pooled"):
        from_json({"type": "own.broken.Pooled"})
    with pytest.raises(ConfigError, match=r"own\.broken\.Other is not a part of an experiment"):
        from_json({"type": "own.broken.Other"})
    with pytest.raises(ConfigError, match="must be a list of functions"):
        callbacks_of(path)


def test_a_callback_that_fails_is_named_with_its_step():
    def note(line):
        raise KeyError("dev.eer")

    from spoofjax.errors import TrainingError

    with pytest.raises(TrainingError, match=r"callback note failed at step 7: KeyError.*--resume"):
        Callbacks([note]).add({"step": 7})
