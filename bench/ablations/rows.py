"""The rows of the tables. Each names what differs from the first row, as arguments of `replace`."""

from __future__ import annotations

LOSSES = {
    "binary cross-entropy": "",
    "label smoothing 0.1": "loss=BinaryCrossEntropy(label_smoothing=0.1)",
    "weighted cross-entropy, natural draws": (
        "loss=BinaryCrossEntropy(0.9, 0.1), sampling=Natural()"
    ),
    "focal": "loss=Focal()",
    "OC-softmax": "loss=OCSoftmax(), model=CNN2D(dropout=0.0)",
    "AM-softmax": "loss=AMSoftmax(), model=CNN2D(dropout=0.0)",
    "P2SGrad": "loss=P2SGrad(), model=CNN2D(dropout=0.0)",
    "supervised contrastive": "loss=SupervisedContrastive()",
    "mixup 0.4": "mixup=0.4",
}

ATTACKS = (
    "GriffinLim",
    "HarmonicPlusNoise",
    "LinearPrediction",
    "MelCepstral",
    "PhaseRandomisation",
    "Sinusoidal",
    "SpectralWarp",
)
COPIES = "data=WithCopies(ASVspoof5(root={root!r}, language='-'), folder={copies!r})"

ROBUSTNESS = {
    "the base": "",
    "no augmentation": "augment=Augmentation()",
    "all attacks by signal processing": (
        f"synthesis=CopySynthesis(attacks=({', '.join(f'{name}()' for name in ATTACKS)}), "
        "share=0.2)"
    ),
    **{
        f"copies by {name}": f"synthesis=CopySynthesis(attacks=({name}(),), share=0.2)"
        for name in ATTACKS
    },
    "transmission of both classes": (
        "augment=Chain((ChannelVariation(), Transmission()), probabilities=(1.0, 0.3))"
    ),
    "transmission of spoofs only": "data=ASVspoof5(root={coded!r}, language='-')",
    "noise and rooms from folders": (
        "augment=Chain((ChannelVariation(), OneOf((Noise(Path({noise!r}), kinds=()), "
        "RoomResponse(Path({rooms!r}))), shares=(0.25, 0.25))))"
    ),
    "copies in a folder": f"{COPIES}, sampling=Paired(paired=False, by='attack')",
    "copies beside their parents": f"{COPIES}, sampling=Paired(by='attack')",
    "copies beside their parents, ranking": (
        f"{COPIES}, sampling=Paired(by='attack'), loss=PairRanking()"
    ),
    "classes drawn equally, attacks not": "sampling=Balanced()",
    "attacks and speakers drawn equally": "sampling=Balanced(by='attack+speaker')",
}
"""What stands in braces is made by `material`."""

REFERENCES = {"no references": "", "references of anyone": "reference='anyone'"}

TABLES = {"losses": LOSSES, "robustness": ROBUSTNESS, "references": REFERENCES}
BASES = {
    "losses": "",
    "robustness": (
        "optimizer=Adam(learning_rate=2.5e-3, warm_up=20, weight_decay=1e-4), "
        "clip=Clip(train=24_000, evaluate=48_000, short='tile', level_dbfs=-26.0)"
    ),
    # Only heads on encoders compare utterances; this one is small and starts from random weights.
    "references": (
        "front_end=Waveform(), model=SelfSupervised(encoder=Wav2Vec2(), head=RAT()), batch=16, "
        "clip=Clip(train=16_000, evaluate=32_000, short='tile', level_dbfs=-26.0)"
    ),
}
"""What all rows of a table change in configs/cnn2d.py."""
