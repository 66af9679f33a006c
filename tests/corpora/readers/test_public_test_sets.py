"""Corpora that detectors are tested on today, each on a small tree in its published layout."""

from pathlib import Path

import pytest

from spoofjax.corpora import (
    ADD2022,
    CDADD,
    HABLA,
    ODSS,
    SONAR,
    DeepfakeEval2024,
    SpeechFake,
)
from spoofjax.corpora.opening import open_corpus
from spoofjax.errors import CorpusError


def columns(manifest, *names):
    """Return the rows of some columns, in the order of the manifest."""
    return list(zip(*(manifest.column(name).values() for name in names), strict=True))


def test_deepfake_eval_2024_leaves_out_what_nobody_knows(lay, caplog):
    table = (
        "Filename,Language,Ground Truth,Finetuning Set\n"
        "1.mp3,English,Real,Train\n2.m4a,Spanish,Fake,Test\n3.wav,English,Unknown,Test\n"
    )
    files = dict.fromkeys(("audio-data/1.mp3", "audio-data/2.m4a", "audio-data/3.wav"))
    corpus = DeepfakeEval2024(root=lay({"audio-metadata-publish.csv": table, **files}))
    assert corpus.splits() == ("eval",)
    manifest = corpus.manifest("eval")
    assert manifest.ids.tolist() == ["1.mp3", "2.m4a"]
    assert manifest.label.tolist() == [1, 0]
    assert columns(manifest, "language") == [("English",), ("Spanish",)]
    assert "1 of 3 rows are left out" in caplog.text
    divided = corpus.replace(finetuning=True)
    assert divided.splits() == ("train", "eval")
    assert divided.manifest("train").ids.tolist() == ["1.mp3"]
    with pytest.raises(CorpusError, match=r"train with --data\.finetuning"):
        corpus.manifest("train")
    lay({"audio-metadata-publish.csv": table.replace("Fake", "Maybe")})
    with pytest.raises(CorpusError, match=r"line 3: unknown key 'maybe'.*real or fake"):
        corpus.manifest("eval")


def test_speechfake_reads_one_of_its_experiments(lay):
    header = "file,label,generator,model,speaker,language\n"
    files = {
        "metadata/experiments/baseline/train_all.csv": (
            f"{header}Real/VCTK-Corpus/p225_001.wav,bonafide,-,-,p225,en\n"
            "BD/HiFiGAN/VCTK/p225_001.wav,spoof,NV,HiFiGAN,p225,en\n"
        ),
        "metadata/experiments/baseline/test_zh.csv": (
            f"{header}BD/ChatTTS/Aishell/a.wav,spoof,TTS,ChatTTS,a,zh\n"
        ),
        "Real/VCTK-Corpus/p225_001.wav": None,
        "BD/HiFiGAN/VCTK/p225_001.wav": None,
        "BD/ChatTTS/Aishell/a.wav": None,
    }
    corpus = SpeechFake(root=lay(files))
    assert corpus.splits() == ("train",)
    manifest = corpus.manifest("train")
    assert manifest.label.tolist() == [1, 0]
    assert columns(manifest, "attack", "generator", "speaker", "language") == [
        ("-", "-", "p225", "en"),
        ("HiFiGAN", "NV", "p225", "en"),
    ]
    chinese = corpus.replace(subset="zh")
    assert columns(chinese.manifest("eval"), "attack", "language") == [("ChatTTS", "zh")]
    with pytest.raises(CorpusError, match=r"baseline/dev_all\.csv and the folders BD, MD and Real"):
        corpus.manifest("dev")


def test_add2022_has_train_dev_and_one_of_its_test_sets(lay):
    files = {
        "ADD_train_dev/label/train_label.txt": "ADD_T_00000000.wav fake\nADD_T_1.wav genuine\n",
        "ADD_train_dev/train/ADD_T_00000000.wav": None,
        "ADD_train_dev/train/ADD_T_1.wav": None,
        "ADD2022track3.2_eval_R2/track3_R2_label.txt": "E_0.wav fake 3\nE_1.wav genuine 0\n",
        "ADD2022track3.2_eval_R2/wav/E_0.wav": None,
        "ADD2022track3.2_eval_R2/wav/E_1.wav": None,
        "track1/label.txt": "E_5.wav genuine\n",
        "track1/wav/E_5.wav": None,
    }
    corpus = ADD2022(root=lay(files))
    assert corpus.splits() == ("train", "eval")
    assert corpus.manifest("train").label.tolist() == [0, 1]
    assert columns(corpus.manifest("eval"), "attack", "language") == [("3", "zh"), ("-", "zh")]
    assert corpus.replace(part="track1").manifest("eval").ids.tolist() == ["E_5.wav"]
    lay({"ADD_train_dev/label/train_label.txt": "ADD_T_1.wav bonafide\n"})
    with pytest.raises(CorpusError, match=r"line 1: unknown key 'bonafide'.*genuine or fake"):
        corpus.manifest("train")


def test_habla_tells_speaker_country_and_gender_by_the_name(lay):
    pair = "Venezuela-Argentina/vem_02484-arm_01523"
    synthetic = "TTS-VC/TTS-StarGAN/Chile-Peru/TTS-StarGAN-clf_07508_001_TTS-pem_00001_1.wav"
    files = {
        "Real/Chile/clf_07508/clf_07508_00799857148.wav": None,
        f"CycleGAN/{pair}/CycleGAN-vem_02484_00993837010-arm_01523_020267.wav": None,
        "TTS/Peru/TTS-pef_00123_1.wav": None,
        synthetic: None,
        "protocol.txt": "not needed",
    }
    corpus = HABLA(root=lay({f"FinalDataset_16khz/{name}": text for name, text in files.items()}))
    assert corpus.splits() == ("eval",)
    manifest = corpus.manifest("eval")
    assert manifest.label.tolist() == [0, 1, 0, 0]
    assert columns(manifest, "attack", "speaker", "gender", "source", "language") == [
        ("CycleGAN", "vem_02484", "M", "Venezuela", "es"),
        ("-", "clf_07508", "F", "Chile", "es"),
        ("TTS-StarGAN", "clf_07508", "F", "Chile", "es"),
        ("TTS", "pef_00123", "F", "Peru", "es"),
    ]
    lay({"FinalDataset_16khz/loose.wav": None})
    with pytest.raises(CorpusError, match=r"loose\.wav is outside the layout"):
        corpus.manifest("eval")


def test_odss_has_each_sentence_by_the_speaker_and_by_two_systems(lay):
    files = {
        "natural/hui-acg/Bernd_Ungerer/a_01.wav": None,
        "vits/hui-acg/Bernd_Ungerer/a_01.wav": None,
        "fastpitch-hifigan/openslr-es/arf_00295/b.wav": None,
        "speaker_info.csv": "speaker,dataset,gender,language\n",
    }
    corpus = ODSS(root=lay({f"odss/{name}": text for name, text in files.items()}))
    manifest = corpus.manifest("eval")
    assert manifest.label.tolist() == [1, 0, 0]
    assert columns(manifest, "attack", "speaker", "language", "source") == [
        ("-", "Bernd_Ungerer", "de", "hui-acg"),
        ("fastpitch-hifigan", "arf_00295", "es", "openslr-es"),
        ("vits", "Bernd_Ungerer", "de", "hui-acg"),
    ]
    lay({"odss/vits/vctk/p225.wav": None})
    with pytest.raises(CorpusError, match=r"vctk/p225\.wav is outside the layout"):
        corpus.manifest("eval")


def test_cd_add_keeps_a_recording_and_its_copies_in_one_folder(lay):
    utterance = "dataset_LibriTTS/dataset_clean_v2/test-clean/1673/143396/1673_143396_000015_000001"
    talk = "dataset_TED-LIUM/dataset_ted/BillGates_2010/BillGates_2010_104"
    files = [f"{folder}/{name}.wav" for folder in (utterance, talk) for name in ("real", "valle")]
    corpus = CDADD(root=lay(dict.fromkeys(files)))
    assert corpus.splits() == ("eval",)
    manifest = corpus.manifest("eval")
    assert manifest.label.tolist() == [1, 0]
    assert columns(manifest, "attack", "speaker", "source") == [
        ("-", "1673", "LibriTTS"),
        ("valle", "1673", "LibriTTS"),
    ]
    both = corpus.replace(domain="both").manifest("eval")
    assert columns(both, "speaker", "source")[2:] == [("BillGates_2010", "TED-LIUM")] * 2
    assert both.path(2).endswith(files[2])
    with pytest.raises(CorpusError, match=r"no train split: expected .*/train-clean/<speaker>"):
        corpus.manifest("train")


def test_sonar_takes_each_folder_beside_the_recordings_as_a_system(lay):
    files = ("real_samples/1.wav", "OpenAI/1.wav", "seedtts_testset/zh/1.wav")
    corpus = SONAR(root=lay({f"SONAR_dataset/{name}": None for name in files}))
    manifest = corpus.manifest("eval")
    assert manifest.label.tolist() == [1, 0, 0]
    assert columns(manifest, "attack", "language") == [
        ("-", "en"),
        ("OpenAI", "en"),
        ("seedtts_testset", "zh"),
    ]
    with pytest.raises(CorpusError, match=r"expected real_samples/\*\.wav and <system>"):
        SONAR(root=lay({"other/1.wav": None}, "wrong")).manifest("eval")


@pytest.mark.parametrize(
    ("kind", "files"),
    [
        (DeepfakeEval2024, ["audio-metadata-publish.csv"]),
        (SpeechFake, ["metadata/experiments/baseline/test_all.csv"]),
        (ADD2022, ["ADD_train_dev/label/dev_label.txt"]),
        (HABLA, ["FinalDataset_16khz/Real/Peru/pef_00001/pef_00001_1.wav"]),
        (ODSS, ["natural/vctk/p225/1.wav", "vits/vctk/p225/1.wav"]),
        (CDADD, ["dataset_LibriTTS/dataset_clean_v2/dev-clean/1/2/3/real.wav"]),
        (SONAR, ["real_samples/1.wav", "xTTS/1.wav"]),
    ],
)
def test_the_folder_of_each_is_recognised(lay, kind, files):
    root = lay(dict.fromkeys(files))
    assert open_corpus(Path(root))[0] == kind(root=root)
