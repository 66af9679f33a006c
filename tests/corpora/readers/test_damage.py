"""However a protocol is damaged, the reader answers with a manifest or with one CorpusError."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spoofjax.corpora.readers.asvspoof5 import ASVspoof5
from spoofjax.corpora.readers.kaldi import Kaldi
from spoofjax.corpora.readers.table import Table
from spoofjax.corpora.readers.unified import COLUMNS, Unified
from spoofjax.corpora.validation.validation import validate
from spoofjax.errors import CorpusError

FORMS = {
    "release": (
        lambda root: ASVspoof5(root=root),
        "ASVspoof5.train.tsv",
        "T_1 a F - - - AC2 A05 spoof -\nT_2 b M - - - - bonafide bonafide -\n"
        "T_2 c M C01 1 - - bonafide bonafide -\n",
    ),
    "table": (
        lambda root: Table(root=root, train="t.csv", suffix=".flac", file="file"),
        "t.csv",
        'file,label,speaker\nflac_T/a,spoof,"Ada, L"\nflac_T/b,real,Bo\nflac_T/c,real,Bo\n',
    ),
    "unified": (
        lambda root: Unified(root=root, table="u.csv"),
        "u.csv",
        ",".join(COLUMNS)
        + "\na,real,1.0,16000,$ROOT/flac_T/a.flac,-,s,train,1,FLAC,16,EN\n"
        + "b,fake,1.0,16000,$ROOT/flac_T/b.flac,A1,s,train,1,FLAC,16,EN\n",
    ),
    "kaldi": (lambda root: Kaldi(root=root), "train/utt2lab", "a bonafide\nb spoof\nc spoof\n"),
}


@st.composite
def damaged(draw, text: str) -> bytes:
    """The text with a few bytes inserted, replaced or deleted, or cut short."""
    data = bytearray(text.encode())
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, max(len(data) - 1, 0)))
        common = st.sampled_from(b' \t\n\r",;|-\x00\xff\xc3\x0b$/#A0')
        new = bytes(draw(st.lists(st.one_of(common, st.integers(0, 255)), max_size=3)))
        data[at : at + draw(st.integers(0, 3))] = new
    return bytes(data[: draw(st.integers(0, len(data)))] if draw(st.booleans()) else data)


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    root = tmp_path_factory.mktemp("corpus")
    for folder in ("flac_T", "train"):
        (root / folder).mkdir()
    for name in "abc":
        (root / "flac_T" / f"{name}.flac").touch()
    (root / "train" / "wav.scp").write_text("".join(f"{n} {root}/flac_T/{n}.flac\n" for n in "abc"))
    return root


@pytest.mark.parametrize("form", FORMS)
@settings(max_examples=150)
@given(data=st.data())
def test_damage_gives_a_manifest_or_one_error_that_names_the_file(form, place, data):
    make, name, text = FORMS[form]
    path = place / name
    path.write_bytes(data.draw(damaged(text)))
    corpus = make(str(place))
    outcome = validate(corpus, splits=["train"], audio=False)
    if any(finding.severity == "error" for finding in outcome.problems):
        with pytest.raises(CorpusError, match=re.escape(str(place))):
            corpus.manifest("train")
    else:
        assert corpus.manifest("train").labelled


@pytest.mark.parametrize("form", FORMS)
def test_the_undamaged_forms_are_read(form, place):
    make, name, text = FORMS[form]
    (place / name).write_text(text)
    assert len(make(str(place)).manifest("train")) >= 2
