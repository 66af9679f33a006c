"""Where utterances come from: manifests, a reader for each corpus, validation, packing."""

from spoofjax.corpora.embedded.embedded import Embedded
from spoofjax.corpora.manifest import Manifest
from spoofjax.corpora.readers.add2022 import ADD2022
from spoofjax.corpora.readers.add2023 import ADD2023
from spoofjax.corpora.readers.asvspoof5 import ASVspoof5
from spoofjax.corpora.readers.asvspoof5_track2 import ASVspoof5Track2
from spoofjax.corpora.readers.asvspoof2019 import ASVspoof2019LA, ASVspoof2019PA
from spoofjax.corpora.readers.asvspoof2021 import ASVspoof2021DF, ASVspoof2021LA, ASVspoof2021PA
from spoofjax.corpora.readers.cd_add import CDADD
from spoofjax.corpora.readers.codecfake import CodecFake, Codecfake
from spoofjax.corpora.readers.ctrsvdd import CtrSVDD
from spoofjax.corpora.readers.deepfake_eval_2024 import DeepfakeEval2024
from spoofjax.corpora.readers.dfadd import DFADD
from spoofjax.corpora.readers.fake_or_real import FakeOrReal
from spoofjax.corpora.readers.folder import Folder
from spoofjax.corpora.readers.habla import HABLA
from spoofjax.corpora.readers.in_the_wild import InTheWild
from spoofjax.corpora.readers.kaldi import Kaldi
from spoofjax.corpora.readers.librisevoc import LibriSeVoc
from spoofjax.corpora.readers.mixture import Mixture
from spoofjax.corpora.readers.mlaad import MLAAD
from spoofjax.corpora.readers.odss import ODSS
from spoofjax.corpora.readers.parquet import Parquet
from spoofjax.corpora.readers.partialspoof import PartialSpoof
from spoofjax.corpora.readers.sonar import SONAR
from spoofjax.corpora.readers.speechfake import SpeechFake
from spoofjax.corpora.readers.spoofceleb import SpoofCeleb
from spoofjax.corpora.readers.table import Table
from spoofjax.corpora.readers.unified import Unified
from spoofjax.corpora.readers.wavefake import WaveFake
from spoofjax.corpora.readers.with_copies import WithCopies
from spoofjax.corpora.readers.without import Without

__all__ = [
    "ADD2022",
    "ADD2023",
    "CDADD",
    "DFADD",
    "HABLA",
    "MLAAD",
    "ODSS",
    "SONAR",
    "ASVspoof5",
    "ASVspoof5Track2",
    "ASVspoof2019LA",
    "ASVspoof2019PA",
    "ASVspoof2021DF",
    "ASVspoof2021LA",
    "ASVspoof2021PA",
    "CodecFake",
    "Codecfake",
    "CtrSVDD",
    "DeepfakeEval2024",
    "Embedded",
    "FakeOrReal",
    "Folder",
    "InTheWild",
    "Kaldi",
    "LibriSeVoc",
    "Manifest",
    "Mixture",
    "Parquet",
    "PartialSpoof",
    "SpeechFake",
    "SpoofCeleb",
    "Table",
    "Unified",
    "WaveFake",
    "WithCopies",
    "Without",
]
