"""Published tables are recomputed from their score files; submissions to the arena among them."""

import hashlib
import itertools
import json

import numpy as np
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from spoofjax.cli import main
from spoofjax.errors import ScoreError
from spoofjax.evaluation.arena import arena_eer
from spoofjax.evaluation.metrics import eer
from spoofjax.evaluation.published import Published
from spoofjax.evaluation.scores import read_scores

LABELS = np.arange(200) % 2
SCORES = 2 * LABELS + np.random.default_rng(0).normal(size=200)
TRIALS = st.lists(st.integers(-3, 3).map(float), min_size=1, max_size=12)
ABOUT = {
    "system": {
        "name": "My CNN",
        "slug": "my-cnn",
        "description": "A CNN on LFCC.",
        "code": "https://example.org/code",
        "checkpoint": "https://example.org/weights",
        "paper": {
            "arxiv_id": "2401.00001",
            "url": "https://example.org/p",
            "bibtex": "@misc{a,\n}",
        },
    },
    "submitter": {"hf_username": "me", "contact": "me@example.org"},
}
TARGET = ["--dataset", "Owner/Corpus", "--revision", "abc1234", "--repository", "me/cnn"]


@pytest.fixture
def files(tmp_path):
    """A folder with scores.tsv, its key, and about.json."""
    rows = enumerate(zip(SCORES.tolist(), LABELS, strict=True))
    lines = [
        (f"U_{n}\t{score!r}", f"U_{n} {'bonafide' if y else 'spoof'}") for n, (score, y) in rows
    ]
    scores = ["filename\tcm-score", *(line for line, _ in lines)]
    (tmp_path / "scores.tsv").write_text("\n".join(scores) + "\n")
    (tmp_path / "key.txt").write_text("\n".join(line for _, line in lines) + "\n")
    (tmp_path / "about.json").write_text(json.dumps(ABOUT))
    return tmp_path


# ------------------------------------------------------------------------ tables
def test_a_table_is_met_and_its_hash_matches(files, capsys):
    rate = eer(SCORES[LABELS == 1], SCORES[LABELS == 0])[0]
    digest = hashlib.sha256((files / "scores.tsv").read_bytes()).hexdigest()
    table = files / "table.csv"
    table.write_text(
        "system,scores,keys,sha256,eer_percent,eer,cllr\n"
        f"CNN,scores.tsv,key.txt,{digest},{100 * rate:.2f},{rate:.1%},-\n"
    )
    assert main(["verify-scores", str(table)]) == 0
    text = capsys.readouterr().out
    assert text.count("ok      CNN: ") == 3
    assert text.endswith("0 of 3 published facts differ.\n")


def test_differences_are_listed_and_end_with_status_1(files, capsys):
    table = files / "table.tsv"
    table.write_text(
        f"scores\tkeys\tsha256\teer_percent\tmin_dcf\nscores.tsv\tkey.txt\t{'0' * 64}\t1.25\t0.5\n"
    )
    assert main(["verify-scores", str(table)]) == 1
    text = capsys.readouterr().out
    assert text.count("DIFFERS scores.tsv: ") == 3
    assert "eer_percent published 1.25, recomputed 1" in text
    assert main(["verify-scores", str(table), "--json", "--tolerance", "99"]) == 1
    checks = json.loads(capsys.readouterr().out)
    assert [check["is_met"] for check in checks] == [False, True, True]


def test_a_real_table_of_2019_is_recomputed(la2019, tmp_path, capsys):
    table = tmp_path / "table.csv"
    table.write_text(
        "system,scores,keys,asv_scores,eer_percent,min_tdcf_legacy,min_dcf\n"
        f"LFCC-GMM,{la2019 / 'cm_lfcc_gmm_eval.txt'},"
        f"{la2019 / 'ASVspoof2019.LA.cm.eval.trl.txt'},"
        f"{la2019 / 'ASVspoof2019.LA.asv.eval.gi.trl.scores.txt'},3.51,0.0934,0.09\n"
    )
    assert main(["verify-scores", str(table)]) == 0
    assert main(["verify-scores", str(table), "--tolerance", "0.001"]) == 1
    assert "DIFFERS LFCC-GMM: min_dcf published 0.09, recomputed 0.0861" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("text", "value", "rounding"),
    [("3.51", 3.51, 0.005), ("12 %", 0.12, 0.005), ("-1.5e-3", -0.0015, 5e-5), (".5", 0.5, 0.05)],
)
def test_a_published_number_may_be_rounded_by_half_of_its_last_digit(text, value, rounding):
    published = Published.of(text)
    assert (published.value, published.rounding) == pytest.approx((value, rounding))
    assert published.is_met_by(value + 0.99 * rounding, None)
    assert not published.is_met_by(value + 1.01 * rounding, None)


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ("scores,eer\nscores.tsv,0.1\n", "no column 'keys'"),
        ("scores,keys,eer\nscores.tsv,key.txt,low\n", "line 2: 'low' is not a number"),
        ("scores,keys,err\nscores.tsv,key.txt,0.1\n", "no metric 'err'. Did you mean eer"),
        ("scores,keys,min_tdcf_legacy\nscores.tsv,key.txt,0.1\n", "need a column asv_scores"),
        ("scores,keys,eer\ngone.tsv,key.txt,0.1\n", "gone.tsv cannot be read"),
    ],
)
def test_a_table_that_cannot_be_checked_is_one_clear_line(files, table, message, capsys):
    path = files / "table.csv"
    path.write_text(table)
    assert main(["verify-scores", str(path)]) == 1
    assert message in capsys.readouterr().err


# ------------------------------------------------------------------------ the arena
@given(TRIALS, TRIALS)
def test_the_eer_of_the_arena_is_interpolated_between_two_thresholds(bonafide, spoof):
    live, fake = np.array(bonafide), np.array(spoof)
    steps = [
        (float((fake >= threshold).mean()), float((live < threshold).mean()))
        for threshold in sorted({*bonafide, *spoof})
    ]
    expected = min(steps, key=lambda rates: abs(rates[0] - rates[1]))
    expected = sum(expected) / 2
    for (far, frr), (next_far, next_frr) in itertools.pairwise(steps):
        if np.sign(far - frr) != np.sign(next_far - next_frr):
            share = (far - frr) / ((far - frr) - (next_far - next_frr))
            expected = (far + frr + share * (next_far - far + next_frr - frr)) / 2
            break
    assert arena_eer(live, fake) == pytest.approx(expected, abs=1e-12)


def test_a_submission_has_the_scores_and_describes_them(files, capsys):
    out = files / "submission"
    options = ["--about", str(files / "about.json"), "--keys", str(files / "key.txt")]
    command = ["submission", str(files / "scores.tsv"), *options, *TARGET, "--out", str(out)]
    assert main(command) == 0
    assert "upload scores.txt to me/cnn as .eval_results/Owner/Corpus/scores.txt" in (
        capsys.readouterr().out
    )
    assert main([*command, "--commit", "0123abc"]) == 0
    scores = read_scores(out / "scores.txt")
    np.testing.assert_array_equal(scores.score, SCORES)
    assert (out / "scores.txt").read_text().startswith(f"U_0 {float(SCORES[0])!r}\nU_1 ")
    written = yaml.safe_load((out / "my-cnn.yaml").read_text())
    assert list(written) == [
        *("schema_version", "system", "dataset", "scores", "artifact", "submitter"),
        "submitted_at",
    ]
    assert written["system"] == ABOUT["system"]
    assert written["dataset"] == {"id": "Owner/Corpus", "revision": "abc1234", "split": "test"}
    assert written["scores"]["n_trials"] == 200
    assert written["artifact"]["scores_url"] == (
        "https://huggingface.co/me/cnn/resolve/0123abc/.eval_results/Owner/Corpus/scores.txt"
    )
    digest = hashlib.sha256((out / "scores.txt").read_bytes()).hexdigest()
    assert written["artifact"]["scores_sha256"] == digest
    # What is submitted can be verified.
    verify = ["verify-scores", str(out / "my-cnn.yaml"), "--keys", str(files / "key.txt")]
    assert main(verify) == 0
    text = (out / "scores.txt").read_text()
    (out / "scores.txt").write_text(text.replace("U_1 ", "U_1 9"))
    assert main(verify) == 1
    assert "DIFFERS my-cnn: sha256" in capsys.readouterr().out


def test_what_the_arena_would_refuse_is_refused_before(files, capsys):
    base = ["submission", str(files / "scores.tsv"), "--keys", str(files / "key.txt")]
    base += ["--out", str(files / "out"), "--about"]
    wrong = {**ABOUT, "system": {**ABOUT["system"], "slug": "My CNN"}}
    (files / "wrong.json").write_text(json.dumps(wrong))
    (files / "empty.yaml").write_text("system: [\n")
    for about, changes, message in (
        ("wrong.json", [], "system.slug must be small letters, digits and hyphens"),
        ("empty.yaml", [], "is neither YAML nor JSON"),
        ("about.json", ["--dataset", "Corpus"], "--dataset must be OWNER/NAME"),
        ("about.json", ["--commit", "main"], "--commit must be 7 to 40 hexadecimal digits"),
    ):
        assert main([*base, str(files / about), *TARGET, *changes]) == 1
        assert message in capsys.readouterr().err
    with pytest.raises(ScoreError, match="no spoof score"):
        arena_eer(SCORES, [])
