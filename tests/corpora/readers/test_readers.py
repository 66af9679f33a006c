"""Every corpus of the field on a small tree in its published form, and each known way to fail."""

import os

import numpy as np
import pytest

from spoofjax.config_files import from_json, to_json
from spoofjax.corpora.layouts import ASVSPOOF2019_LA
from spoofjax.corpora.problems import Collected
from spoofjax.corpora.protocols import read_fields
from spoofjax.corpora.readers.add2023 import ADD2023
from spoofjax.corpora.readers.asvspoof5 import read_codecs
from spoofjax.corpora.readers.asvspoof5_track2 import ASVspoof5Track2
from spoofjax.corpora.readers.asvspoof2019 import ASVspoof2019LA, ASVspoof2019PA
from spoofjax.corpora.readers.asvspoof2021 import ASVspoof2021DF, ASVspoof2021LA, ASVspoof2021PA
from spoofjax.corpora.readers.codecfake import CodecFake, Codecfake
from spoofjax.corpora.readers.ctrsvdd import CtrSVDD
from spoofjax.corpora.readers.dfadd import DFADD
from spoofjax.corpora.readers.fake_or_real import FakeOrReal
from spoofjax.corpora.readers.in_the_wild import InTheWild
from spoofjax.corpora.readers.librisevoc import LibriSeVoc
from spoofjax.corpora.readers.mlaad import MLAAD, language_of
from spoofjax.corpora.readers.partialspoof import PartialSpoof
from spoofjax.corpora.readers.spoofceleb import SpoofCeleb
from spoofjax.corpora.readers.wavefake import WaveFake
from spoofjax.corpora.rows import check_agreement, labels_of
from spoofjax.errors import CorpusError


def values(manifest, column):
    return manifest.column(column).values()


# --- ASVspoof 2019 ---------------------------------------------------------------------------

LA19 = {
    "ASVspoof2019_LA_cm_protocols/ASVspoof2019.LA.cm.eval.trl.txt": (
        "LA_0012 LA_E_1234567 - A13 spoof\nLA_0013 LA_E_7654321 - - bonafide\n"
    ),
    "ASVspoof2019_LA_eval/flac/LA_E_1234567.flac": None,
    "ASVspoof2019_LA_eval/flac/LA_E_7654321.flac": None,
}


@pytest.mark.parametrize("above", ["", "LA/"])
def test_asvspoof2019_la_is_read_from_its_folder_or_the_one_above(lay, above):
    root = lay({above + name: text for name, text in LA19.items()})
    corpus = ASVspoof2019LA(root=root)
    assert corpus.splits() == ("eval",)
    manifest = corpus.manifest("eval")
    assert manifest.label.tolist() == [0, 1]
    assert values(manifest, "attack") == ["A13", "-"]
    assert values(manifest, "speaker") == ["LA_0012", "LA_0013"]
    assert manifest.path(0).endswith("ASVspoof2019_LA_eval/flac/LA_E_1234567.flac")


def test_asvspoof2019_pa_has_environments_and_two_letter_attacks(lay):
    root = lay(
        {
            "ASVspoof2019_PA_cm_protocols/ASVspoof2019.PA.cm.train.trn.txt": (
                "PA_0012 PA_T_0012345 bcb BA spoof\nPA_0012 PA_T_0012346 aaa - bonafide\n"
            ),
            "ASVspoof2019_PA_train/flac/PA_T_0012345.flac": None,
            "ASVspoof2019_PA_train/flac/PA_T_0012346.flac": None,
        }
    )
    manifest = ASVspoof2019PA(root=root).manifest("train")
    assert values(manifest, "environment") == ["bcb", "aaa"]
    assert values(manifest, "attack") == ["BA", "-"]


def test_a_2019_protocol_with_its_columns_shifted_is_refused(lay):
    name = next(iter(LA19))
    root = lay({**LA19, name: "LA_0012 LA_E_1234567 A13 - spoof\n"})
    with pytest.raises(CorpusError, match=r"line 1: the key says spoof but the attack is '-'"):
        ASVspoof2019LA(root=root).manifest("eval")


def test_the_real_2019_protocols_have_their_published_counts(shared):
    published = {
        "train.trn": (2580, 22800),
        "dev.trl": (2548, 22296),
        "eval.trl": (7355, 63882),
    }
    for part, counts in published.items():
        path = shared / "fixtures" / "scores_2019_la" / f"ASVspoof2019.LA.cm.{part}.txt"
        if not path.is_file():
            continue
        rows = read_fields(path, {5: ASVSPOOF2019_LA})
        label = labels_of(rows, "key", {"bonafide": 1, "spoof": 0})
        check_agreement(rows, label, rows.get("attack"))
        assert (int(np.sum(label == 1)), int(np.sum(label == 0))) == counts


# --- ASVspoof 2021 ---------------------------------------------------------------------------

LA21 = {
    "keys/LA/CM/trial_metadata.txt": (
        "LA_0012 LA_E_1234567 alaw ita_tx A07 spoof notrim eval\n"
        "LA_0012 LA_E_1234568 none - bonafide bonafide notrim eval\n"
        "LA_0012 LA_E_1234569 gsm mad_tx A08 spoof notrim progress\n"
    ),
    "ASVspoof2021_LA_eval/flac/LA_E_1234567.flac": None,
    "ASVspoof2021_LA_eval/flac/LA_E_1234568.flac": None,
    "ASVspoof2021_LA_eval/flac/LA_E_1234569.flac": None,
    "ASVspoof2021_LA_eval/ASVspoof2021.LA.cm.eval.trl.txt": "LA_E_1234567\nLA_E_1234568\n",
}


def test_asvspoof2021_la_keeps_the_eval_subset_that_papers_report(lay):
    manifest = ASVspoof2021LA(root=lay(LA21)).manifest("eval")
    assert manifest.ids.tolist() == ["LA_E_1234567", "LA_E_1234568"]
    assert values(manifest, "codec") == ["alaw", "-"]
    assert values(manifest, "attack") == ["A07", "-"]
    assert values(manifest, "transmission") == ["ita_tx", "-"]
    hidden = ASVspoof2021LA(root=lay(LA21), subset="progress").manifest("eval")
    assert hidden.ids.tolist() == ["LA_E_1234569"]
    with pytest.raises(CorpusError, match=r"no row of subset 'hidden'.*eval, progress"):
        ASVspoof2021LA(root=lay(LA21), subset="hidden").manifest("eval")


def test_asvspoof2021_without_keys_is_read_unlabelled_and_says_so(lay, caplog):
    files = {name: text for name, text in LA21.items() if not name.startswith("keys")}
    manifest = ASVspoof2021LA(root=lay(files)).manifest("eval")
    assert not manifest.labelled
    assert len(manifest) == 2
    assert "has no labels: trial_metadata.txt" in caplog.text


def test_asvspoof2021_has_nothing_to_train_on_and_says_what_has(lay):
    with pytest.raises(CorpusError, match="evaluation set only, train on ASVspoof 2019 LA"):
        ASVspoof2021LA(root=lay(LA21)).manifest("train")


def test_asvspoof2021_df_joins_its_archives_folders(lay):
    rows = (
        "LA_0023 DF_E_2000099 low_mp3 asvspoof A14 spoof notrim eval traditional_vocoder - - - -\n"
        "VCC2TF1 DF_E_2000100 nocodec vcc2020 - bonafide notrim eval bonafide - - - -\n"
        "VCC2TF1 DF_E_2000101 oggm4a vcc2020 Task1-team20 spoof notrim eval "
        "neural_vocoder_autoregressive Task1 team20 FF E\n"
    )
    flac = "ASVspoof2021_DF_eval/flac"
    root = lay(
        {
            "DF-keys-full/keys/DF/CM/trial_metadata.txt": rows,
            f"ASVspoof2021_DF_eval_part00/{flac}/DF_E_2000099.flac": None,
            f"ASVspoof2021_DF_eval_part03/{flac}/DF_E_2000100.flac": None,
            f"ASVspoof2021_DF_eval_part03/{flac}/DF_E_2000101.flac": None,
        }
    )
    manifest = ASVspoof2021DF(root=root).manifest("eval")
    assert "part00" in manifest.path(0)
    assert "part03" in manifest.path(1)
    assert values(manifest, "source") == ["asvspoof", "vcc2020", "vcc2020"]
    assert values(manifest, "vocoder")[:2] == ["traditional_vocoder", "-"]
    assert values(manifest, "codec") == ["low_mp3", "-", "oggm4a"]
    os.remove(manifest.path(2))
    with pytest.raises(CorpusError, match=r"line 3: no file .*DF_E_2000101\.flac"):
        ASVspoof2021DF(root=root).manifest("eval")


def test_asvspoof2021_pa_has_twelve_columns_and_no_attacks(lay):
    rows = (
        "PA_0010 PA_E_1000001 R1 M3 D3 r1 m1 d2 c4 spoof notrim eval\n"
        "PA_0010 PA_E_1000002 R2 M1 D6 - - - - bonafide notrim eval\n"
    )
    files = {"keys/PA/CM/trial_metadata.txt": rows}
    files |= {f"ASVspoof2021_PA_eval/flac/PA_E_100000{n}.flac": None for n in (1, 2)}
    manifest = ASVspoof2021PA(root=lay(files)).manifest("eval")
    assert manifest.label.tolist() == [0, 1]
    assert values(manifest, "asv_room") == ["R1", "R2"]
    assert values(manifest, "att_mic") == ["m1", "-"]


def test_the_la_keys_given_as_df_are_refused_by_their_number_of_fields(lay):
    root = lay({"keys/DF/CM/trial_metadata.txt": LA21["keys/LA/CM/trial_metadata.txt"]})
    with pytest.raises(CorpusError, match="line 1: 8 fields instead of 13"):
        ASVspoof2021DF(root=root).manifest("eval")


# --- ASVspoof 5, track 2 and codecs ----------------------------------------------------------

TRACK2 = {
    "ASVspoof5.eval.track_2.trial.tsv": (
        "E_0123 E_0001234567 F A25 spoof\nE_0123 E_0000000001 F bonafide target\n"
        "E_0124 E_0000000001 M bonafide nontarget\n"
    ),
    "ASVspoof5.eval.track_2.enroll.tsv": (
        "E_0123 E_A0000000001,E_A0000000002,E_A0000000003\nE_0124 E_A0000000004\n"
    ),
    "ASVspoof5.eval.track_1.tsv": (
        "E_0500 E_0001234567 F C05 2 E_0007654321 AC1 A25 spoof -\n"
        "E_0124 E_0000000001 M - - - - bonafide bonafide -\n"
    ),
    "flac_E_eval/E_0001234567.flac": None,
    "flac_E_eval/E_0000000001.flac": None,
}


def test_track2_trials_name_the_claimed_speaker_and_join_codecs_from_track1(lay):
    corpus = ASVspoof5Track2(root=lay(TRACK2))
    trials = corpus.trials("eval")
    assert trials.key.tolist() == [0, 2, 1]
    assert trials.claimed.values() == ["E_0123", "E_0123", "E_0124"]
    assert trials.codec.values() == ["C05", "-", "-"]
    assert trials.attack.values() == ["A25", "-", "-"]
    manifest = corpus.manifest("eval")
    assert manifest.ids.tolist() == ["E_0000000001", "E_0001234567"]
    assert manifest.label.tolist() == [1, 0]
    assert values(manifest, "speaker") == ["-", "-"]


def test_track2_enrolment_lists_one_to_three_files_with_the_letter_a(lay):
    root = lay(TRACK2)
    corpus = ASVspoof5Track2(root=root)
    assert corpus.enrolment("eval") == {
        "E_0123": ("E_A0000000001", "E_A0000000002", "E_A0000000003"),
        "E_0124": ("E_A0000000004",),
    }
    path = corpus.enrolment_path("eval", "E_A0000000004")
    assert path == f"{root}/flac_E_eval/E_A0000000004.flac"
    lay({"ASVspoof5.eval.track_2.enroll.tsv": "E_0123 E_0000000001\n"})
    with pytest.raises(CorpusError, match=r"line 1: 'E_0000000001' is not an enrolment file"):
        corpus.enrolment("eval")


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ("E_0123 E_0001234567 F A25 bonafide\n", "line 1: unknown key 'bonafide'.*target"),
        ("E_0123 E_0001234567 F A25 target\n", "line 1: the key says target but the attack is"),
        (
            "E_0123 E_0001234567 F A25 spoof\nE_0124 E_0001234567 F bonafide target\n",
            "line 2: E_0001234567 is spoof in one trial and bona fide in another",
        ),
    ],
)
def test_wrong_trials_are_refused(lay, rows, words):
    with pytest.raises(CorpusError, match=words):
        ASVspoof5Track2(root=lay({**TRACK2, next(iter(TRACK2)): rows})).manifest("eval")


def test_codec_ids_of_the_configuration_table_match_those_of_protocols(lay):
    root = lay({"c.csv": "ID,CODEC,CODEC_Q,Bitrate(kbps)\r\nC1,opus_wb,1,6\r\nC11,device,-,-\r\n"})
    table = read_codecs(f"{root}/c.csv")
    assert table[("C01", "1")] == ("opus_wb", 6.0)
    assert table[("C11", "-")][0] == "device"


# --- The rest of the field -------------------------------------------------------------------


def test_in_the_wild_spells_bona_fide_with_a_hyphen(lay):
    files = {
        "release_in_the_wild/meta.csv": (
            "file,speaker,label\n0.wav,Some Person,bona-fide\n1.wav,Other Person,spoof\n"
        ),
        "release_in_the_wild/0.wav": None,
        "release_in_the_wild/1.wav": None,
    }
    corpus = InTheWild(root=lay(files))
    assert corpus.splits() == ("eval",)
    manifest = corpus.manifest("eval")
    assert manifest.label.tolist() == [1, 0]
    assert values(manifest, "speaker") == ["Some Person", "Other Person"]
    assert InTheWild(root=corpus.root, split="train").manifest("train").label.tolist() == [1, 0]
    with pytest.raises(CorpusError, match="the corpus serves as eval"):
        corpus.manifest("train")
    lay({"release_in_the_wild/meta.csv": "file,speaker,label\n0.wav,Some Person,bonafide\n"})
    with pytest.raises(
        CorpusError, match=r"line 2: unknown key 'bonafide'.*Did you mean bona-fide"
    ):
        corpus.manifest("eval")


def test_wavefake_tells_the_same_stem_in_many_folders_apart(lay):
    files = {
        "generated_audio/ljspeech_hifiGAN/LJ001-0001_gen.wav": None,
        "generated_audio/ljspeech_melgan/LJ001-0001_gen.wav": None,
        "generated_audio/jsut_parallel_wavegan/BASIC5000_0001_gen.wav": None,
    }
    root = lay(files)
    real = lay({"wavs/LJ001-0001.wav": None}, "LJSpeech-1.1")
    manifest = WaveFake(root=root, real=(real,)).manifest("eval")
    assert len(set(manifest.ids.tolist())) == 4
    assert manifest.label.tolist() == [0, 0, 0, 1]
    assert values(manifest, "attack")[1:] == ["ljspeech_hifiGAN", "ljspeech_melgan", "-"]
    assert values(manifest, "language") == ["ja", "en", "en", "en"]
    assert manifest.path(3) == f"{real}/wavs/LJ001-0001.wav"
    lay({"generated_audio/stray.wav": None})
    with pytest.raises(CorpusError, match=r"stray\.wav is outside the layout.*<vocoder>"):
        WaveFake(root=root).manifest("eval")
    with pytest.raises(CorpusError, match="no bona fide audio in this folder"):
        WaveFake(root=root, real=(root + "/none",)).read("eval", _after_layout())


def _after_layout():
    """Collect layout problems and stop at any other."""

    class Patient(Collected):
        def add(self, kind, *args, **named):
            super().add(kind, *args, **named)
            if kind != "layout":
                raise CorpusError(str(self.collected[-1]))

    return Patient()


def test_fake_or_real_mixes_suffixes_and_says_when_a_class_is_missing(lay):
    files = {
        "for-norm/testing/fake/file0001.wav": None,
        "for-norm/testing/real/file0001.mp3": None,
        "for-original/testing/fake/file0001.wav": None,
    }
    root = lay(files)
    manifest = FakeOrReal(root=root).manifest("eval")
    assert manifest.ids.tolist() == ["real/file0001.mp3", "fake/file0001.wav"]
    assert manifest.label.tolist() == [1, 0]
    with pytest.raises(
        CorpusError, match=r"for-original/testing/real: no audio file in this folder"
    ):
        FakeOrReal(root=root, version="for-original").manifest("eval")


def test_mlaad_takes_language_and_model_from_folders_and_real_speech_from_mailabs(lay):
    files = {
        "fake/zh-cn/tts_models_zh-CN_baker/a_01_f000001.wav": None,
        "fake/de/tts_models_de_x_vits/book_01_f000123.wav": None,
        "fake/de/tts_models_de_x_vits/meta.csv": "path|original_file\n",
    }
    root = lay(files)
    real = lay({"de_DE/by_book/female/eva_k/grimm/wavs/grimm_01_f000001.wav": None}, "mailabs")
    corpus = MLAAD(root=root, real=(real,))
    manifest = corpus.manifest("eval")
    assert values(manifest, "language") == ["de", "zh", "de"]
    assert values(manifest, "attack")[0] == "tts_models_de_x_vits"
    assert manifest.label.tolist() == [0, 0, 1]
    assert (values(manifest, "speaker")[2], values(manifest, "gender")[2]) == ("eva_k", "F")
    assert len(corpus.replace(languages=("de",)).manifest("eval")) == 2
    assert language_of("en_US") == "en"
    lay({"fake/loose.wav": None})
    with pytest.raises(CorpusError, match=r"loose\.wav is outside the layout.*<language>"):
        corpus.manifest("eval")


def test_mlaad_is_divided_without_sharing_speakers_or_attacks(lay):
    root = lay({f"fake/de/model{n}/{k}.wav": None for n in range(10) for k in range(4)})
    real = lay(
        {f"de_DE/by_book/male/s{n}/book/wavs/{k}.wav": None for n in range(10) for k in range(4)},
        "mailabs",
    )
    corpus = MLAAD(root=root, real=(real,), split="divided")
    assert corpus.splits() == ("train", "dev", "eval")
    parts = {split: corpus.manifest(split) for split in corpus.splits()}
    assert [len(part) for part in parts.values()] == [48, 16, 16]
    assert all(not part.missing_classes for part in parts.values())
    for column in ("attack", "speaker"):
        names = [set(part.column(column).tally()) for part in parts.values()]
        assert len(set.union(*names)) == sum(map(len, names)) == 10
    few = lay({"fake/de/model/1.wav": None}, "few")
    with pytest.raises(CorpusError, match="mlaad cannot be divided"):
        corpus.replace(root=few).manifest("train")


def test_add2023_says_genuine_and_fake(lay):
    files = {
        "Track1.2/testR2/label.txt": (
            "ADD2023_T1.2R2_E_00000003.wav genuine\nADD2023_T1.2R2_E_00000012.wav fake\n"
        ),
        "Track1.2/testR2/wav/ADD2023_T1.2R2_E_00000003.wav": None,
        "Track1.2/testR2/wav/ADD2023_T1.2R2_E_00000012.wav": None,
    }
    corpus = ADD2023(root=lay(files))
    assert corpus.manifest("eval").label.tolist() == [1, 0]
    assert corpus.manifest("eval").path(1).endswith("wav/ADD2023_T1.2R2_E_00000012.wav")
    lay({"Track1.2/testR2/label.txt": "ADD2023_T1.2R2_E_00000003.wav bonafide\n"})
    with pytest.raises(CorpusError, match=r"line 1: unknown key 'bonafide'.*genuine or fake"):
        corpus.manifest("eval")


def test_codecfake_classes_are_codecs_and_class_0_is_real(lay):
    files = {
        "label/train.txt": "SSB13650058.wav real 0\nF03_SSB13650058.wav fake 3 \n",
        "label/C7.txt": "SSB1.wav real 0\nF07_SSB1.wav fake 7\n",
        "label/C1.txt": "SSB1.wav real 0\n",
        "train/SSB13650058.wav": None,
        "train/F03_SSB13650058.wav": None,
        "C7/SSB1.wav": None,
        "C7/F07_SSB1.wav": None,
        "C1/SSB1.wav": None,
    }
    corpus = Codecfake(root=lay(files))
    assert corpus.splits() == ("train", "eval")
    assert values(corpus.manifest("train"), "attack") == ["-", "F03"]
    both = corpus.replace(conditions=("C1", "C7")).manifest("eval")
    assert both.ids.tolist() == ["C1/SSB1.wav", "C7/SSB1.wav", "C7/F07_SSB1.wav"]
    lay({"label/train.txt": "SSB13650058.wav fake 0\nF03_SSB13650058.wav real 3\n"})
    with pytest.raises(CorpusError, match="line 1: the key says spoof but the attack is '-'"):
        corpus.manifest("train")


def test_codecfake_of_vctk_is_all_fake_and_reads_codec_and_speaker_from_names(lay):
    root = lay({"processed/encodec_24khz+p272_103.wav": None})
    real = lay({"p272/p272_103.wav": None}, "wav48")
    manifest = CodecFake(root=root, real=(real,)).manifest("eval")
    assert values(manifest, "attack") == ["encodec_24khz", "-"]
    assert values(manifest, "speaker") == ["p272", "p272"]
    assert manifest.label.tolist() == [0, 1]
    lay({"processed/p272_104.wav": None})
    with pytest.raises(CorpusError, match=r"p272_104\.wav names no codec"):
        CodecFake(root=root).manifest("eval")


def test_spoofceleb_calls_bona_fide_a00(lay):
    rows = (
        "file,speaker,attack\na00/id10318/YYsx-00002-006.flac,id10318,a00\n"
        "a06/id10318/xxxx-00002-006.flac,id10318,a06\n"
    )
    files = {
        "spoofceleb/metadata/development.csv": rows,
        "spoofceleb/flac/development/a00/id10318/YYsx-00002-006.flac": None,
        "spoofceleb/flac/development/a06/id10318/xxxx-00002-006.flac": None,
    }
    corpus = SpoofCeleb(root=lay(files))
    assert corpus.splits() == ("dev",)
    manifest = corpus.manifest("dev")
    assert manifest.label.tolist() == [1, 0]
    assert values(manifest, "attack") == ["-", "a06"]
    lay({"spoofceleb/metadata/development.csv": rows.replace("id10318,a06", "id10318,bonafide")})
    with pytest.raises(CorpusError, match="line 3: unknown attack 'bonafide'"):
        corpus.manifest("dev")


def test_dfadd_takes_the_class_from_the_folder(lay):
    root = lay(
        {
            "DATASET_MatchaTTS/train/p345_251_matcha.wav": None,
            "DATASET_VCTK_BONAFIDE/train/p345_251.wav": None,
            "DATASET_MatchaTTS/valid/p345_252_matcha.wav": None,
        }
    )
    corpus = DFADD(root=root)
    assert corpus.splits() == ("train", "dev")
    manifest = corpus.manifest("train")
    assert manifest.label.tolist() == [0, 1]
    assert values(manifest, "attack") == ["MatchaTTS", "-"]
    assert values(manifest, "speaker") == ["p345", "p345"]
    with pytest.raises(CorpusError, match="no bona fide file in the dev split"):
        corpus.manifest("dev")


def test_librisevoc_takes_the_vocoder_from_the_folder(lay):
    root = lay(
        {
            "gt/19_198_000000_000002.wav": None,
            "wavernn/19_198_000000_000002_gen.wav": None,
            "melgan/26_495_000004_000000_gen.wav": None,
            "README.md": "about",
        }
    )
    corpus = LibriSeVoc(root=root)
    assert corpus.splits() == ("eval",)
    manifest = corpus.manifest("eval")
    assert manifest.label.tolist() == [1, 0, 0]
    assert values(manifest, "attack") == ["-", "melgan", "wavernn"]
    assert values(manifest, "speaker") == ["19", "26", "19"]
    assert LibriSeVoc(root=root, split="train").splits() == ("train",)
    lay({"gt/more/26_1_2_3.wav": None})
    with pytest.raises(CorpusError, match=r"more/26_1_2_3\.wav is outside the layout"):
        corpus.manifest("eval")


def test_ctrsvdd_has_singers_sources_and_songs_that_must_be_added(lay):
    lines = (
        "m4singer CtrSVDD_0110 CtrSVDD_0110_D_0015416 - - bonafide\n"
        "jvsmusic CtrSVDD_0097 CtrSVDD_0097_D_0010993 - A06 deepfake\n"
    )
    root = lay({"dev.txt": lines, "dev/CtrSVDD_0097_D_0010993.flac": None})
    assert CtrSVDD(root=root).splits() == ("dev",)
    with pytest.raises(CorpusError, match="CtrSVDD_0110_D_0015416"):
        CtrSVDD(root=root).manifest("dev")
    assert values(CtrSVDD(root=root, missing="skip").manifest("dev"), "attack") == ["A06"]
    lay({"dev/CtrSVDD_0110_D_0015416.flac": None})
    manifest = CtrSVDD(root=root).manifest("dev")
    assert manifest.label.tolist() == [1, 0]
    assert values(manifest, "source") == ["m4singer", "jvsmusic"]
    lay({"dev.txt": lines.replace("A06 deepfake", "- deepfake")})
    with pytest.raises(CorpusError, match="line 2"):
        CtrSVDD(root=root).manifest("dev")


# --- PartialSpoof ----------------------------------------------------------------------------

PARTIAL = {
    "database/protocols/PartialSpoof_LA_cm_protocols/PartialSpoof.LA.cm.dev.trl.txt": (
        "LA_0079 CON_D_0000029 - CON spoof\nLA_0079 LA_D_1234567 - - bonafide\n"
    ),
    "database/dev/con_wav/CON_D_0000029.wav": None,
    "database/dev/con_wav/LA_D_1234567.wav": None,
}


def partial(lay, labels, step="0.16"):
    root = lay(PARTIAL)
    os.makedirs(f"{root}/database/segment_labels", exist_ok=True)
    np.save(f"{root}/database/segment_labels/dev_seglab_{step}.npy", labels, allow_pickle=True)
    return PartialSpoof(root=root, step=step)


def test_partialspoof_carries_segment_labels_in_the_order_of_its_protocol(lay):
    labels = {"LA_D_1234567": np.array(["1", "1"]), "CON_D_0000029": np.array(["1", "0", "0"])}
    manifest = partial(lay, labels).manifest("dev")
    assert manifest.label.tolist() == [0, 1]
    assert manifest.segments.step == 0.16
    assert manifest.segments.at(0).tolist() == [1, 0, 0]
    assert manifest.segments.at(1).tolist() == [1, 1]


@pytest.mark.parametrize(
    ("labels", "words"),
    [
        ({"LA_D_1234567": np.array(["1"])}, "line 1: CON_D_0000029 has no segment labels"),
        (
            {"LA_D_1234567": np.array(["0"]), "CON_D_0000029": np.array(["1"])},
            "line 1: CON_D_0000029 is spoof but its segment labels contradict that",
        ),
        ({"LA_D_1234567": np.array(["2"])}, r"not a table of segment labels \(a label '2'\)"),
    ],
)
def test_segment_labels_that_do_not_fit_are_refused(lay, labels, words):
    with pytest.raises(CorpusError, match=words):
        partial(lay, labels).manifest("dev")


def test_segment_labels_never_run_code_from_their_file(lay, tmp_path):
    class Trap:
        def __reduce__(self):
            return os.mkdir, (str(tmp_path / "ran"),)

    with pytest.raises(CorpusError, match=r"it names posix\.mkdir, which is not part of an array"):
        partial(lay, {"LA_D_1234567": Trap()}).manifest("dev")
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    "corpus",
    [
        ASVspoof2021DF(root="r", subset="progress"),
        ASVspoof2019PA(root="r"),
        MLAAD(root="r", real=("a", "b"), languages=("de",)),
        Codecfake(root="r", conditions=("C1", "C2")),
        PartialSpoof(root="r", step="0.02"),
    ],
)
def test_readers_survive_their_own_json(corpus):
    assert from_json(to_json(corpus)) == corpus
