"""Where utterances come from: one reader per corpus family, manifests, validation, packing."""

from spoofjax.corpora.add2023 import ADD2023
from spoofjax.corpora.asvspoof5 import ASVspoof5
from spoofjax.corpora.asvspoof5_track2 import ASVspoof5Track2
from spoofjax.corpora.asvspoof2019 import ASVspoof2019LA, ASVspoof2019PA
from spoofjax.corpora.asvspoof2021 import ASVspoof2021DF, ASVspoof2021LA, ASVspoof2021PA
from spoofjax.corpora.codecfake import CodecFake, Codecfake
from spoofjax.corpora.dfadd import DFADD
from spoofjax.corpora.fake_or_real import FakeOrReal
from spoofjax.corpora.folder import Folder
from spoofjax.corpora.in_the_wild import InTheWild
from spoofjax.corpora.kaldi import Kaldi
from spoofjax.corpora.manifest import Manifest
from spoofjax.corpora.mixture import Mixture
from spoofjax.corpora.mlaad import MLAAD
from spoofjax.corpora.partialspoof import PartialSpoof
from spoofjax.corpora.spoofceleb import SpoofCeleb
from spoofjax.corpora.table import Table
from spoofjax.corpora.unified import Unified
from spoofjax.corpora.wavefake import WaveFake

__all__ = [
    "ADD2023",
    "DFADD",
    "MLAAD",
    "ASVspoof5",
    "ASVspoof5Track2",
    "ASVspoof2019LA",
    "ASVspoof2019PA",
    "ASVspoof2021DF",
    "ASVspoof2021LA",
    "ASVspoof2021PA",
    "CodecFake",
    "Codecfake",
    "FakeOrReal",
    "Folder",
    "InTheWild",
    "Kaldi",
    "Manifest",
    "Mixture",
    "PartialSpoof",
    "SpoofCeleb",
    "Table",
    "Unified",
    "WaveFake",
]
