"""A detector for speech out of neural codecs, as VALL-E and its successors write it.

THE COPIES ARE CLASSICAL BY DEFAULT, so that this runs at once: a quarter of the bona fide draws
pass through linear prediction, random phases or a warped spectrum and count as spoofs. They teach
nothing about codecs. --data.folder FOLDER --synthesis none takes copies by real ones.

Follows  Codecfake (Xie et al., 2024) and CodecFake (Wu et al., 2024): bona fide speech that a
         neural codec has coded and decoded is a further kind of spoof. The copies of each codec
         are drawn as often as any other attack.
Reaches  not measured, neither with classical copies nor with codecs.
Wants    folders of published weights, such as facebook/encodec_24khz, descript/dac_16khz and
         kyutai/mimi on huggingface.co; their model cards state the licences (docs/codecs.md).
         `spoofjax models add NAME --url URL` names them, and `spoofjax models get NAME` downloads.
         The copies here are spoofs. Where genuine speech is transmitted by such codecs, too,
         `spoofjax synthesize CORPUS --codecs encodec_24khz --out DIR` codes both classes with their
         labels (docs/synthesis.md).
Takes    about 150 s on the demo corpus on two cores, plus the copies: EnCodec takes about 0.3 s of
         CPU time for a second of speech.
Command  spoofjax train configs/codec_attacks.py
         spoofjax synthesize configs/codec_attacks.py --data.original.root /corpora/ASVspoof5 \
             --attacks encodec_24khz encodec_24khz:4 dac_16khz mimi --each 1 --processes 1 \
             --out /data/codec_copies
         spoofjax train configs/codec_attacks.py --data.original.root /corpora/ASVspoof5 \
             --data.folder /data/codec_copies --synthesis none --steps 20000
"""

from pathlib import Path

from spoofjax.config import Evaluation
from spoofjax.corpora import ASVspoof5, WithCopies
from spoofjax.defaults import experiment
from spoofjax.features import LogLinear
from spoofjax.models import CNN2D
from spoofjax.synthesis import CopySynthesis

DEMO = Path(__file__).resolve().parent.parent / "demo" / "corpus"

config = experiment(
    data=WithCopies(ASVspoof5(root=str(DEMO), language="-"), folder=""),
    front_end=LogLinear(),
    model=CNN2D(),
    synthesis=CopySynthesis(share=0.25),
    steps=400,
    evaluation=Evaluation(every=100),
)
