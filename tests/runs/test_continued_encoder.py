"""A run has the weights and the shape of its encoder, so that it continues without their files."""

import pytest
import small_encoders

from spoofjax.config_files import load_config
from spoofjax.corpora.splits import training_splits
from spoofjax.errors import RegistryError, RunError
from spoofjax.features import Waveform
from spoofjax.models import SelfSupervised
from spoofjax.models.encoders import Wav2Vec2
from spoofjax.models.heads import MeanPool
from spoofjax.runs.folder import RunFolder


def test_a_run_continues_when_the_folder_of_its_weights_is_gone(tiny_corpus, tmp_path):
    folder = small_encoders.write_folder(tmp_path / "weights")
    base = load_config(tiny_corpus() / "tiny.py").replace(front_end=Waveform())
    manifests = training_splits(base.data)

    def experiment(weights, **changes):
        encoder = Wav2Vec2(weights=str(weights), **changes)
        return base.replace(model=SelfSupervised(encoder=encoder, head=MeanPool()).resolved())

    begun = experiment(folder)
    assert begun.model.encoder.width == 16
    run = RunFolder(tmp_path / "run")
    run.start(begun, manifests, resume=False)

    other = small_encoders.write_folder(tmp_path / "other")
    with pytest.raises(RunError, match="different: model"):
        run.check(experiment(other), manifests, resume=True)

    moved = folder.rename(tmp_path / "moved")
    for weights in (folder, moved):
        run.check(experiment(weights), manifests, resume=True)
        assert run.continued(experiment(weights)) == begun
    with pytest.raises(RunError, match="different: model"):
        run.check(experiment(folder, freeze="encoder"), manifests, resume=True)
    with pytest.raises(RegistryError, match="There are no weights"):
        RunFolder(tmp_path / "new").check(experiment(folder), manifests, resume=True)
