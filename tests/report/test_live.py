"""The page of a run that trains."""

import re

import pytest

from spoofjax.report import live
from spoofjax.report.live import MOST_POINTS, Curve, LivePage


@pytest.fixture
def clock(monkeypatch) -> list[float]:
    """A list whose only number is the time."""
    now = [100.0]
    monkeypatch.setattr(live.time, "perf_counter", lambda: now[0])
    return now


def step(number: int, **values) -> dict:
    return {"step": number, "seconds": float(number), "loss": 1 / number, **values}


def test_the_page_shows_the_curves_and_loads_itself_again(tmp_path, clock):
    page = LivePage(tmp_path / "live.html", "run <1>", 100)
    clock[0] += 20
    page.add(step(10, utterances_per_second=1234.5))
    text = (tmp_path / "live.html").read_text()
    assert '<meta http-equiv="refresh" content="5">' in text
    assert "run &lt;1&gt;" in text
    assert "Step 10 of 100" in text
    assert "About 3 minutes left" in text  # 90 steps of 2 s
    assert "1,234" in text
    assert "EER on dev" not in text  # there is no evaluation yet
    clock[0] += 20
    page.add(step(20, **{"dev.eer": 0.125, "dev.min_dcf": 0.5, "alarms": ["collapse & co"]}))
    text = (tmp_path / "live.html").read_text()
    assert "now 12.50%, lowest 12.50%" in text
    assert "<b>Alarm</b> collapse &amp; co" in text
    assert re.findall(r'points="([^"]*)"', text)[0] == "100.0,2.0 200.0,98.0"


def test_it_is_written_every_few_seconds_only(tmp_path, clock):
    page = LivePage(tmp_path / "live.html", "run", 100)
    page.add(step(1))
    page.add(step(2))
    assert "Step 1 of" in (tmp_path / "live.html").read_text()
    clock[0] += live.REFRESH
    page.add(step(3))
    assert "Step 3 of" in (tmp_path / "live.html").read_text()


def test_a_continued_run_shows_what_was_before(tmp_path):
    page = LivePage(tmp_path / "live.html", "run", 100, [step(10), step(20)])
    page.add(step(30))
    [points] = re.findall(r'points="([^"]*)"', (tmp_path / "live.html").read_text())
    assert len(points.split()) == 3


def test_a_finished_page_stays_and_leads_to_the_results(tmp_path):
    page = LivePage(tmp_path / "live.html", "run", 10)
    page.add(step(10))
    page.finish()
    text = (tmp_path / "live.html").read_text()
    assert "refresh" not in text
    assert 'href="report.md"' in text


def test_a_page_that_cannot_be_written_does_not_end_the_run(tmp_path):
    (tmp_path / "report").touch()
    LivePage(tmp_path / "report" / "live.html", "run", 10).add(step(1))
    assert (tmp_path / "report").read_bytes() == b""


def test_a_long_curve_is_thinned_but_keeps_its_end():
    curve = Curve("loss", "loss", "{:.1f}")
    for number in range(1, 5 * MOST_POINTS):
        curve.add(step(number))
    assert len(curve.points) <= MOST_POINTS
    assert curve.points[-1][0] == 5 * MOST_POINTS - 1
    assert curve.points[0][0] == 1
