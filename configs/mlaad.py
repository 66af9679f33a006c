"""CNN over time and frequency on MLAAD and M-AILABS: eight languages.

Follows  cnn2d.py on many languages: text-to-speech of MLAAD (Müller et al., 2024) against the
         audiobooks of M-AILABS, where its texts come from. Draws are balanced over classes and,
         within each class, over languages. MLAAD has further languages, but only as spoofs: with
         them, the language would tell the class.
Reaches  not measured on the full corpora.
Takes    not measured; --dry-run measures the time on your machine. Pack the corpus first
         (`spoofjax pack configs/mlaad.py --out DIR`, then --data.root DIR).
Command  spoofjax train configs/mlaad.py --data.root /corpora/MLAAD --data.real /corpora/M-AILABS
         Leave one language out after the other:
         spoofjax generalise configs/mlaad.py --leave language --out runs/mlaad-languages
"""

from spoofjax.config import Checkpoints, Evaluation
from spoofjax.corpora import MLAAD
from spoofjax.defaults import experiment
from spoofjax.features import LogLinear
from spoofjax.loading.sampling import Balanced
from spoofjax.models import CNN2D
from spoofjax.training.optimizers import Adam

config = experiment(
    data=MLAAD(
        root="/corpora/MLAAD",
        real=("/corpora/M-AILABS",),
        languages=("de", "en", "es", "fr", "it", "pl", "ru", "uk"),
        split="divided",
    ),
    front_end=LogLinear(),
    model=CNN2D(),
    sampling=Balanced(by="language"),
    optimizer=Adam(learning_rate=1e-3, warm_up=500, weight_decay=1e-4),
    batch=128,
    epochs=10,
    average=0.999,
    evaluation=Evaluation(every=1_000, batch=256),
    checkpoints=Checkpoints(every=500),
)
