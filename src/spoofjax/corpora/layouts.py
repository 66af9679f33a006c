"""The columns of ASVspoof's protocols and key files, which have no header.

'' stands for a column that nothing here reads. 'key' is bonafide or spoof.
"""

from __future__ import annotations

KEYS = {"bonafide": 1, "spoof": 0}
"""The words in the column 'key', and their labels."""

ASVSPOOF5_RELEASED = (
    "speaker", "id", "gender", "codec", "quality", "", "adaptation", "attack", "key", "",
)  # fmt: skip
ASVSPOOF5_CHALLENGE = ("speaker", "id", "", "", "attack", "key")
ASVSPOOF5 = {len(fields): fields for fields in (ASVSPOOF5_RELEASED, ASVSPOOF5_CHALLENGE)}
"""By their number of columns. Despite the extension .tsv, columns are separated by one space."""

ASVSPOOF2019_LA = ("speaker", "id", "", "attack", "key")
ASVSPOOF2019_PA = ("speaker", "id", "environment", "attack", "key")

ASVSPOOF2021_LA = (
    "speaker", "id", "codec", "transmission", "attack", "key", "trim", "subset",
)  # fmt: skip
ASVSPOOF2021_DF = (
    "speaker", "id", "codec", "source", "attack", "key", "trim", "subset", "vocoder",
    "task", "team", "gender", "language",
)  # fmt: skip
ASVSPOOF2021_PA = (
    "speaker", "id", "asv_room", "asv_mic", "dis_to_asv", "att_room", "att_mic", "att_d",
    "att_to_spk", "key", "trim", "subset",
)  # fmt: skip
