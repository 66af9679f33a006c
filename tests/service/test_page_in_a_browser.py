"""The page in headless Chromium: a file, the keyboard, a phone, and a microphone."""

import browser
import numpy as np
import pytest
import soundfile

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(browser.chromium() is None, reason="needs Chromium"),
]

SHOWN = "!document.getElementById('result').hidden && document.getElementById('status').hidden"
SENTENCE = "document.getElementById('sentence').textContent"
POSITION = "document.getElementById('position').textContent"


@pytest.fixture(scope="module")
def page(service, recording, tmp_path_factory):
    """The page of the service, whose microphone hears the recording again and again."""
    folder = tmp_path_factory.mktemp("browser")
    samples, rate = soundfile.read(recording, dtype="int16")
    soundfile.write(folder / "microphone.wav", np.tile(samples, 4), rate, subtype="PCM_16")
    address = f"http://{service.host}:{service.port}/"
    with browser.opened(address, folder / "profile", folder / "microphone.wav") as page:
        yield page


@pytest.fixture(autouse=True)
def has_no_problems(page):
    """No test may leave an error in the browser's console."""
    yield
    assert page.problems == []


def ink(page, canvas: str) -> int:
    """The number of pixels that are drawn on a canvas."""
    return page.value(
        f"(() => {{ const c = document.getElementById('{canvas}');"
        "const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;"
        "return d.filter((v, n) => n % 4 === 3 && v > 0).length; })()"
    )


def test_a_file_gets_the_sentence_and_the_pictures(page, service, recording):
    page.choose_file(recording)
    page.wait_for(SHOWN)
    answer = service.post("/score", recording.read_bytes()).json
    assert page.value(SENTENCE) == answer["sentence"]
    assert page.value("document.getElementById('verdict').className") == answer["verdict"]
    assert page.value("document.querySelectorAll('#windows tr').length") == len(answer["timeline"])
    assert page.value("document.querySelectorAll('#spans button').length") == len(answer["spans"])
    assert ink(page, "picture") > 10_000


def test_the_keyboard_moves_selects_plays_and_clears(page, recording):
    shift = 8
    page.value("document.getElementById('chart').focus()")
    page.press("Home")
    page.press("ArrowRight")
    assert page.value(POSITION) == "0.1 s"
    for _ in range(5):
        page.press("ArrowRight", shift)
    assert page.value(POSITION) == "0.6 s, selected 0.1 to 0.6 s"
    assert not page.value("document.getElementById('play-selection').disabled")
    page.press(" ")
    page.wait_for("document.getElementById('play').textContent === 'Pause'")
    page.wait_for("document.getElementById('play').textContent === 'Play'")
    page.wait_for(f"{POSITION}.startsWith('0.6 s')")
    page.press("Escape")
    assert page.value("document.getElementById('play-selection').disabled")


def test_a_file_that_is_no_audio_is_explained(page, tmp_path):
    (tmp_path / "note.txt").write_text("no audio")
    page.choose_file(tmp_path / "note.txt")
    page.wait_for("document.getElementById('status').className === 'problem'")
    assert "not readable as audio" in page.value("document.getElementById('status').textContent")
    assert page.value("document.getElementById('result').hidden")
    page.problems.clear()  # the browser reports the status 422 in its console


@pytest.mark.parametrize("width", [320, 390, 1200])
def test_nothing_is_wider_than_the_screen(page, recording, width):
    page.resize(width, 800, is_phone=width < 500)
    page.choose_file(recording)
    page.wait_for(SHOWN)
    assert page.value("document.documentElement.scrollWidth") <= width
    sizes = page.value("[...document.querySelectorAll('button')].map(b => b.offsetHeight)")
    assert all(height == 0 or height >= 44 for height in sizes)


def test_speech_gets_running_verdicts_and_then_one_on_all_of_it(page):
    page.value("document.getElementById('speak').click()")
    page.wait_for(f"{SENTENCE}.includes('latest seconds')")
    page.wait_for("document.getElementById('chart').getAttribute('aria-valuenow') > 1.5")
    assert ink(page, "picture") > 1_000
    page.value("document.getElementById('speak').click()")
    page.wait_for(f"{SHOWN} && {SENTENCE}.startsWith('This recording')")
    assert page.value("document.querySelectorAll('#windows tr').length") >= 4
