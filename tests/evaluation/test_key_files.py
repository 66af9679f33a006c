"""Key files of every published form (rows made up after the published layouts)."""

import pytest

from spoofjax.errors import ScoreError
from spoofjax.evaluation.keys import read_keys


def written(tmp_path, text):
    path = tmp_path / "keys.tsv"
    path.write_text(text)
    return path


def names(keys, column):
    return keys.columns[column].values()


def test_the_released_tsv_of_asvspoof_5_has_spaces_and_no_header(tmp_path):
    keys = read_keys(
        written(
            tmp_path,
            "E_1234 E_0001234567 M C05 2 E_0007654321 AC1 A26 spoof -\n"
            "E_0456 E_0000001234 F - - - - bonafide bonafide -\n",
        )
    )
    assert keys.ids.tolist() == ["E_0001234567", "E_0000001234"]
    assert keys.label.tolist() == [0, 1]
    assert names(keys, "attack") == ["A26", "-"]
    assert names(keys, "codec") == ["C05", "-"]
    assert names(keys, "gender") == ["M", "F"]
    assert names(keys, "speaker") == ["E_1234", "E_0456"]


def test_the_challenge_form_of_asvspoof_5_has_six_fields(tmp_path):
    keys = read_keys(written(tmp_path, "T_1 T_01 - - A05 spoof\nT_2 T_02 - - - bonafide\n"))
    assert keys.label.tolist() == [0, 1]
    assert names(keys, "attack") == ["A05", "-"]


def test_the_evaluation_package_has_a_header(tmp_path):
    keys = read_keys(written(tmp_path, "filename\tcm-label\nE_1\tspoof\nE_2\tbonafide\n"))
    assert keys.ids.tolist() == ["E_1", "E_2"]
    assert keys.label.tolist() == [0, 1]


def test_the_full_key_of_the_evaluation_package_brings_attack_and_codec(tmp_path):
    keys = read_keys(
        written(
            tmp_path,
            "trial_anon cm-label attack_anon codec track_2_tag\n"
            "E_1 spoof A17 C01 x\nE_2 bonafide bonafide - x\n",
        )
    )
    assert names(keys, "attack") == ["A17", "-"]
    assert names(keys, "codec") == ["C01", "-"]


def test_2019_keys_have_five_fields(eval_keys):
    assert len(eval_keys) == 71_237
    assert int(eval_keys.label.sum()) == 7_355
    assert list(eval_keys.columns["attack"].names) == [f"A{i:02}" for i in range(7, 20)]


def test_2021_keys_give_the_trials_of_the_eval_subset(tmp_path):
    text = (
        "LA_0012 LA_E_1 alaw ita_tx A07 spoof notrim eval\n"
        "LA_0012 LA_E_2 none - bonafide bonafide notrim eval\n"
        "LA_0012 LA_E_3 none - A09 spoof notrim progress\n"
    )
    keys = read_keys(written(tmp_path, text))
    assert keys.ids.tolist() == ["LA_E_1", "LA_E_2"]
    assert keys.others == {"LA_E_3"}
    assert names(keys, "codec") == ["alaw", "none"]
    assert read_keys(tmp_path / "keys.tsv", subset="progress").ids.tolist() == ["LA_E_3"]
    with pytest.raises(ScoreError, match="no trial of subset 'hidden'"):
        read_keys(tmp_path / "keys.tsv", subset="hidden")


def test_2021_df_keys_bring_vocoder_source_gender_and_language(tmp_path):
    text = (
        "LA_0023 DF_E_1 low_mp3 asvspoof A14 spoof notrim eval traditional_vocoder - - - -\n"
        "LA_0023 DF_E_2 nocodec vcc2020 bonafide bonafide notrim eval bonafide - - F EN\n"
    )
    keys = read_keys(written(tmp_path, text))
    assert names(keys, "vocoder") == ["traditional_vocoder", "-"]
    assert names(keys, "source") == ["asvspoof", "vcc2020"]
    assert names(keys, "gender") == ["-", "F"]
    assert names(keys, "language") == ["-", "EN"]


def test_2021_pa_keys_have_twelve_fields(tmp_path):
    text = (
        "PA_1 PA_E_1 R1 M1 D1 r1 m1 s1 d1 spoof notrim eval\n"
        "PA_1 PA_E_2 R1 M1 D1 r1 m1 s1 d1 bonafide notrim eval\n"
    )
    keys = read_keys(written(tmp_path, text))
    assert keys.label.tolist() == [0, 1]
    assert names(keys, "room") == ["R1", "R1"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a b c\n", "3 fields and no header"),
        ("S1 U1 - A01 spoofed\n", "line 1: field 5 is 'spoofed', expected bonafide or spoof"),
        ("E_0123 E_01 F A25 target\n", "track 2 key"),
        ("U1 spoof\nU1 spoof\n", "hold U1 twice"),
    ],
)
def test_a_broken_key_is_one_error(tmp_path, text, message):
    with pytest.raises(ScoreError, match=message):
        read_keys(written(tmp_path, text))
