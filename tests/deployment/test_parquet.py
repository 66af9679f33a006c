"""`score` writes Parquet, and `metrics` reads it."""

from __future__ import annotations

import contextlib
import json
import sys

import pytest

from spoofjax.cli import main
from spoofjax.config import Clip
from spoofjax.deployment.parquet import ParquetRows
from spoofjax.deployment.row import Row
from spoofjax.deployment.timeline import Span
from spoofjax.errors import ScoreError
from spoofjax.evaluation.scores import read_scores


def test_without_pyarrow_the_remedy_is_named(make_run, files, tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    run, out = make_run(Clip(evaluate=8_000)), tmp_path / "rows.parquet"
    assert main(["score", str(run), str(files[0]), "--out", str(out)]) == 1
    assert "pip install 'spoofjax[parquet]'" in capsys.readouterr().err
    out.write_bytes(b"PAR1")
    with pytest.raises(ScoreError, match="needs pyarrow"):
        read_scores(out)


@pytest.mark.slow
def test_rows_come_back_with_their_types(tmp_path):
    parquet = pytest.importorskip("pyarrow.parquet")
    rows = [
        Row("a.wav", score=1.5, llr=2.0, windows=3, spans=(Span(0.0, 1.0, -2.0, 0.9),)),
        Row("b.wav", error="damaged"),
    ]
    out = tmp_path / "rows.parquet"
    with ParquetRows(out) as file:
        for row in rows:
            file.add(row)
        assert not out.exists()  # until it is complete
    table = parquet.read_table(out).to_pylist()
    assert table == [json.loads(row.to_json()) for row in rows]
    scores = read_scores(out)
    assert (scores.ids.tolist(), scores.score.tolist()) == (["a.wav"], [1.5])


@pytest.mark.slow
def test_an_error_leaves_no_file(tmp_path):
    pytest.importorskip("pyarrow")
    with contextlib.suppress(KeyboardInterrupt), ParquetRows(tmp_path / "rows.parquet") as file:
        file.add(Row("a.wav", score=1.0))
        raise KeyboardInterrupt
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "rows.parquet").write_bytes(b"PAR1 and nothing else")
    with pytest.raises(ScoreError, match=r"rows\.parquet is no Parquet file"):
        read_scores(tmp_path / "rows.parquet")


@pytest.mark.slow
def test_score_and_metrics_agree_on_parquet(make_run, uneven_corpus, tmp_path, capsys):
    pytest.importorskip("pyarrow")
    run, out = make_run(Clip(evaluate=8_000)), tmp_path / "rows.parquet"
    assert main(["score", str(run), str(uneven_corpus / "flac_D"), "--out", str(out)]) == 3
    key = uneven_corpus / "ASVspoof5.dev.track_1.tsv"
    options = ["--scores", str(out), "--keys", str(key), "--resamples", "0", "--json"]
    capsys.readouterr()
    assert main(["metrics", *options]) == 0
    assert json.loads(capsys.readouterr().out)["bonafide"] == 12
    assert main(["score", str(run), str(out), "--format", "parquet"]) == 1
    assert "--out FILE" in capsys.readouterr().err
