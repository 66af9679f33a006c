"""Speakers and attacks that names show."""

from spoofjax.corpora.own_data.recordings import Recording
from spoofjax.corpora.own_data.speakers import people_of


def recordings(bonafide: list[str], spoof: list[str]) -> list[Recording]:
    """Recordings of paths below real/ and fake/."""
    return [
        Recording(f"{name}/{path}.wav", label, "", tuple(path.split("/")[:-1]))
        for name, label, paths in (("real", 1, bonafide), ("fake", 0, spoof))
        for path in paths
    ]


def test_the_first_word_of_file_names_is_the_speaker():
    bonafide = [f"p{speaker}_{n}" for speaker in (225, 226, 227, 228) for n in range(3)]
    people = people_of(recordings(bonafide, ["vits/tts_p226_7", "vits/other", "p228-1"]))
    assert people.speakers[:4] == ("p225", "p225", "p225", "p226")
    assert people.speakers[-3:] == ("p226", "", "p228")
    assert people.attacks[-3:] == ("vits", "vits", "")
    assert people.shown_by == "the file names"


def test_a_speaker_may_have_a_name_of_two_words():
    bonafide = [f"LA_{speaker}_{n}" for speaker in (11, 12, 13, 14) for n in range(3)]
    people = people_of(recordings(bonafide, ["A09/LA_12_99", "A09/LA_99_12"]))
    assert people.speakers[:4] == ("LA_11", "LA_11", "LA_11", "LA_12")
    assert people.speakers[-2:] == ("LA_12", "")
    assert people.shown_by == "the file names"


def test_folders_are_speakers_before_file_names_are():
    bonafide = [f"{name}/take_{n}" for name in ("ann", "bob", "cy", "di") for n in range(2)]
    people = people_of(recordings(bonafide, ["bob/x", "xtts/ann_1"]))
    assert people.speakers[:2] == ("ann", "ann")
    assert people.speakers[-2:] == ("bob", "ann")
    assert people.attacks[-2:] == ("", "xtts")
    assert people.shown_by == "the folders"


def test_names_that_do_not_divide_the_recordings_show_no_speakers():
    for bonafide in (
        [f"rec_{n}" for n in range(8)],  # one word for all
        [f"{n}_x" for n in range(8)],  # one word for each
        [f"{speaker}_{n}" for speaker in "abc" for n in range(3)],  # three speakers
        [*(f"a_{n}" for n in range(9)), "b_1", "b_2", "c_1", "c_2", "d_1", "d_2"],  # most of one
        ["plain", *(f"{speaker}_{n}" for speaker in "abcd" for n in range(3))],  # one without
    ):
        people = people_of(recordings(bonafide, ["vits/a_1"]))
        assert set(people.speakers) == {""}
        assert people.shown_by == ""
        assert people.attacks[-1] == "vits"
