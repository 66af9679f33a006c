"""Pictures are drawn from real numbers, look the same for the same data, and need no display."""

import subprocess
import sys

import numpy as np
import pytest

from spoofjax.corpora.column import Column
from spoofjax.errors import ScoreError
from spoofjax.evaluation.breakdown import by
from spoofjax.report.pictures import (
    det_plot,
    error_plot,
    heat_map,
    reliability_plot,
    save,
    score_histogram,
    training_curves,
)


def random_scores(trials=2000):
    generator = np.random.default_rng(0)
    labels = (np.arange(trials) % 4 == 0).astype(int)
    return generator.normal(3.0 * labels - 1.5, 1.0), labels


def classes(trials=2000):
    scores, labels = random_scores(trials)
    return scores[labels == 1], scores[labels == 0]


def lines(figure):
    return figure.axes[0].get_lines()


@pytest.mark.parametrize("suffix", [".png", ".svg"])
def test_the_same_data_give_the_same_file(tmp_path, suffix):
    paths = [save(det_plot({"ours": classes()}), tmp_path / f"{n}{suffix}") for n in "ab"]
    assert paths[0].stat().st_size > 5000
    assert paths[0].read_bytes() == paths[1].read_bytes()


def test_a_det_curve_names_its_eer_and_marks_it_on_the_diagonal():
    figure = det_plot({"ours": classes(20_000)})
    assert "ours   EER 6." in figure.axes[0].get_legend().get_texts()[0].get_text()
    marker = lines(figure)[1]
    assert marker.get_xdata()[0] == marker.get_ydata()[0]
    curve = lines(figure)[0]
    assert len(curve.get_xdata()) < 2500  # steps that cannot be seen are left out
    assert (np.diff(curve.get_xdata()) <= 0).all()  # one falling curve
    assert (np.diff(curve.get_ydata()) >= 0).all()


@pytest.mark.parametrize("scores", [([0.0] * 5, [0.0] * 9), ([1.0] * 5, [0.0] * 9), ([1.0], [0.0])])
def test_constant_perfect_and_tiny_systems_are_drawn(tmp_path, scores):
    save(det_plot({"odd": scores}), tmp_path / "det.png")
    save(score_histogram(*scores), tmp_path / "histogram.png")


def test_training_curves_draw_what_the_lines_hold():
    rows = [{"step": 1, "loss": 0.7}, {"step": 2, "loss": 0.5, "dev.eer": 0.3}, {"step": 3}]
    figure = training_curves([*rows, {"step": 4, "dev.eer": 0.2}])
    assert [a.get_title("left") for a in figure.axes] == ["training loss", "dev EER (%)"]
    assert figure.axes[1].get_lines()[0].get_ydata().tolist() == [30.0, 20.0]
    assert [t.get_text() for t in figure.axes[1].texts] == ["best 20"]
    with pytest.raises(ScoreError, match="nothing to draw"):
        training_curves([{"step": 1}])


def test_the_histogram_shows_both_classes_with_counts_and_the_threshold():
    figure = score_histogram(*classes(), threshold=0.25)
    texts = [t.get_text() for t in figure.axes[0].get_legend().get_texts()]
    assert texts == ["bona fide (500)", "spoof (1,500)"]
    assert figure.axes[0].texts[0].get_text() == "threshold 0.25"


def test_reliability_and_error_plots_are_drawn(tmp_path):
    scores, labels = random_scores()
    for name, figure in (
        ("reliability", reliability_plot(3 * scores, labels)),
        ("errors", error_plot(3 * scores, labels)),
        ("no_evidence", error_plot(np.zeros(len(labels)), labels)),
    ):
        assert save(figure, tmp_path / f"{name}.png").stat().st_size > 5000


def test_a_heat_map_leaves_cells_without_a_number_empty(tmp_path):
    scores, labels = np.array([2.0, 1.0, 0.0, 3.0]), np.array([1, 0, 0, 0])
    columns = {
        "attack": Column.of(["-", "A1", "A2", "A1"]),
        "codec": Column.of(["x", "x", "x", "y"]),
    }
    figure = heat_map(by(scores, labels, columns), "attack", "codec")
    assert [t.get_text() for t in figure.axes[0].texts] == ["0.0", "", "0.0", ""]
    save(figure, tmp_path / "heat.png")
    with pytest.raises(ScoreError, match="nothing to draw: no row"):
        heat_map([], "attack", "codec")


def test_pictures_touch_neither_pyplot_nor_a_display():
    code = (
        "import sys; from spoofjax.report import pictures;"
        "assert 'matplotlib' not in sys.modules;"
        "pictures.score_histogram([1, 2], [0, 1]); assert 'matplotlib.pyplot' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
