"""The page of `spoofjax report`: whole in one file, with the numbers of the score files in it."""

import base64
import io
import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf

from spoofjax import config_files
from spoofjax.audio.reading import read
from spoofjax.cli import build_parser, main
from spoofjax.corpora.column import Column
from spoofjax.errors import RunError, ScoreError
from spoofjax.evaluation.bootstrap import compare, intervals
from spoofjax.evaluation.breakdown import breakdown
from spoofjax.evaluation.collapse import collapse
from spoofjax.evaluation.keys import Keys
from spoofjax.evaluation.metrics import summary
from spoofjax.evaluation.scores import Scores, write_scores
from spoofjax.report.conditions import condition_tables
from spoofjax.report.corpus import CorpusAtHand
from spoofjax.report.hardest import hardest, margins
from spoofjax.report.inline import THEME, spectrogram, svg
from spoofjax.report.markdown import write_report
from spoofjax.report.numbers import differences, grouped, over_seeds, spread
from spoofjax.report.page import write_html
from spoofjax.report.pictures import det_plot
from spoofjax.report.tables import headline_rows
from spoofjax.runs.folder import RunFolder
from spoofjax.runs.record import RunRecord, distinct_names
from spoofjax.runs.scores import write_key

CORPUS = "asvspoof5"
NOTHING = {"threshold": 0.0, "threshold_from": "dev", "log_prior_odds": 0.0, "calibration": None}


@pytest.fixture
def experiment(tiny_corpus):
    return config_files.load_config(tiny_corpus() / "tiny.py")


@pytest.fixture
def make_run(tmp_path, experiment):
    """Writes the folder of a run on the tiny corpus whose scores are drawn, not trained."""

    def make(name, lift=1.5, seed=1, drawn=0, manifests=None):
        folder, generator = tmp_path / name, np.random.default_rng(drawn)
        folder.mkdir(parents=True)
        (folder / "config.json").write_text(config_files.dumps(experiment.replace(seed=seed)))
        (folder / "environment.json").write_text('{"python": "3.12", "packages": {"jax": "0.10"}}')
        (folder / "decision.json").write_text(json.dumps(NOTHING))
        lines = [{"step": n, "seconds": 1.0 * n, "loss": 1 / n} for n in range(1, 9)]
        lines += [{"step": 8, "seconds": 9.0, "dev.eer": 0.2, "dev.min_dcf": 0.5, "best": True}]
        (folder / "metrics.jsonl").write_text("".join(json.dumps(x) + "\n" for x in lines))
        for split in ("dev", "eval"):
            manifest = (manifests or {}).get(split) or experiment.data.manifest(split)
            score = lift * (manifest.label - 0.5) + generator.normal(0, 1, len(manifest))
            judge(folder, split, score, manifest)
        return folder

    return make


def judge(folder, split, score, manifest):
    """Write what evaluation writes of one split."""
    keys = Keys.of(manifest)
    write_scores(RunFolder(folder).scores(CORPUS, split), Scores(manifest.ids, score))
    write_key(RunFolder(folder).key(CORPUS, split), keys)
    shown = {name: keys.columns[name] for name in ("attack", "codec") if name in keys.columns}
    metrics = {
        "corpus": CORPUS,
        **summary(score, manifest.label),
        "collapse": collapse(score, manifest.label).to_json(),
        "by": breakdown(score, manifest.label, shown),
        "alarms": [],
    }
    (folder / "report").mkdir(exist_ok=True)
    (folder / "report" / f"metrics.{split}.json").write_text(json.dumps(metrics))


def two_genders(manifest):
    """Return the manifest with every second pair of utterances spoken by men."""
    genders = Column.of([("F", "M")[row // 2 % 2] for row in range(len(manifest))])
    return replace(manifest, columns={**manifest.columns, "gender": genders})


def page_of(*folders, out=None, **options):
    arguments = [text for key, value in options.items() for text in (f"--{key}", str(value))]
    out = out or folders[0].parent / "page.html"
    assert main(["report", *map(str, folders), "--out", str(out), *arguments]) == 0
    return out.read_text()


class Elements(HTMLParser):
    """Collects the elements of a page, and fails where they do not nest."""

    VOID = ("meta", "img", "br", "path", "use", "rect")

    def __init__(self, page):
        super().__init__()
        self.found, self.open = [], []
        self.feed(page)
        assert not self.open

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        if tag not in self.VOID:
            assert self.open.pop() == tag

    def attributes(self, tag):
        return [attributes for found, attributes in self.found if found == tag]


def test_the_page_is_whole_in_one_file_and_asks_the_network_for_nothing(make_run):
    elements = Elements(page_of(make_run("ours")))
    sources = [a[key] for _, a in elements.found for key in ("src", "href", "data") if key in a]
    assert all(source.startswith("data:") for source in sources)
    links = [a["xlink:href"] for _, a in elements.found if "xlink:href" in a]
    assert all(link.startswith("#") for link in links)
    assert not elements.attributes("link")
    styles = "".join(a.get("style", "") for _, a in elements.found)
    assert "url(http" not in styles


def test_numbers_stand_with_their_bootstrap_intervals(make_run):
    folder = make_run("ours")
    page = page_of(folder)
    eval_ = RunRecord.read(folder).judged["eval"]
    found = intervals(eval_.llr, eval_.keys.label)
    assert f"{found['eer'].value:.2%}" in page
    assert f"{100 * found['eer'].low:.2f} to {found['eer'].high:.2%}" in page
    assert f"{found['min_dcf'].low:.4f} to {found['min_dcf'].high:.4f}" in page


def test_the_markdown_gets_the_intervals_too(make_run):
    folder = make_run("ours")
    page_of(folder)
    text = (folder / "report" / "report.md").read_text()
    assert re.search(r"\| eval \| \d+\.\d\d% \[\d+\.\d\d%, \d+\.\d\d%\] \|", text)
    assert "[" not in write_report(folder).read_text().split("| eval |")[1].split("\n")[0]


def test_an_alarm_comes_before_every_number(make_run, experiment):
    folder = make_run("collapsed")
    manifest = experiment.data.manifest("eval")
    judge(folder, "eval", np.linspace(-9, -8, len(manifest)), manifest)
    page = page_of(folder)
    assert "No alarm" not in page
    assert page.index("calls 100.0% of the utterances spoof") < page.index("<h2>Results</h2>")


def test_players_hold_the_very_samples_of_the_corpus(make_run, experiment):
    elements = Elements(page_of(make_run("ours"), examples=4))
    assert len(elements.attributes("audio")) == len(elements.attributes("img")) == 4
    known = [
        read(manifest.path(row))[: experiment.clip.evaluate]
        for manifest in [experiment.data.manifest("eval")]
        for row in range(len(manifest))
    ]
    for audio in elements.attributes("audio"):
        content = base64.b64decode(audio["src"].removeprefix("data:audio/flac;base64,"))
        samples, rate = sf.read(io.BytesIO(content), dtype="float32")
        assert rate == 16_000
        assert any(np.array_equal(samples, one) for one in known)
    for picture in elements.attributes("img"):
        assert base64.b64decode(picture["src"].partition(",")[2])[:4] == b"\x89PNG"


def test_a_corpus_that_is_gone_leaves_the_page_without_sound_and_says_why(make_run, tmp_path):
    folder = make_run("ours")
    text = (folder / "config.json").read_text()
    root = json.loads(text)["data"]["root"]
    (folder / "config.json").write_text(text.replace(root, str(tmp_path / "gone")))
    page = page_of(folder)
    assert "<audio" not in page
    assert "The corpus of this run is not available" in page
    assert "E_0000000" in page  # the hardest utterances are still named
    out = tmp_path / "again.html"
    again = ["report", str(folder), "--out", str(out), "--data.root", root]
    assert main(again) == 0
    assert "<audio" in out.read_text()


def test_several_runs_are_compared_with_the_first_on_the_same_utterances(make_run):
    runs = make_run("first", lift=0.8), make_run("second", lift=3.0, drawn=1)
    page = page_of(*runs)
    first, second = (RunRecord.read(folder).judged["eval"] for folder in runs)
    found = compare(second.llr, first.llr, first.keys.label)["eer"]
    difference = f"{100 * found.difference:+.2f} points".replace("-", "−")
    assert f'<td class="better"><b>{difference}</b>' in page
    assert f"p = {found.p_value:.3f}" in page or "p &lt; 0.001" in page


def test_runs_on_other_utterances_are_not_compared(make_run, experiment):
    whole = make_run("first")
    fewer = experiment.data.manifest("eval").take(np.arange(20))
    part = make_run("second", manifests={"eval": fewer})
    assert "Not compared: its eval scores are of other utterances." in page_of(whole, part)


def test_runs_of_several_seeds_are_summed_up(make_run):
    runs = [RunRecord.read(make_run(f"s{n}", seed=n, drawn=n)) for n in (1, 2, 3)]
    assert differences(runs) == [("seed", ["1", "2", "3"])]
    rates = [run.metrics["eval"]["eer"] for run in runs]
    assert over_seeds(runs)["eval"]["eer"]["mean"] == pytest.approx(np.mean(rates))
    assert not over_seeds(runs[:1])


def test_names_from_protocols_cannot_become_markup(make_run, experiment):
    manifest = experiment.data.manifest("eval")
    attack = [f"<script>{n}" if n != "-" else n for n in manifest.column("attack").values()]
    columns = {**manifest.columns, "attack": Column.of(attack)}
    folder = make_run("ours", manifests={"eval": replace(manifest, columns=columns)})
    page = page_of(folder)
    assert "&lt;script&gt;A01" in page
    assert page.count("<script>") == 1


def test_a_run_that_was_never_evaluated_still_has_a_page(make_run):
    folder = make_run("young")
    for path in (folder / "report").iterdir():
        path.unlink()
    page = page_of(folder)
    assert "has not been evaluated" in page
    assert "<h2>Training</h2>" in page
    assert "has not been evaluated" in (folder / "report" / "report.md").read_text()


def test_without_resamples_there_are_numbers_but_no_intervals(make_run):
    folder = make_run("ours")
    run = RunRecord.read(folder)
    assert spread(run.judged["eval"], 0).utterances == {}
    assert f"{run.metrics['eval']['eer']:.2%}" in page_of(folder, resamples=0)


def test_any_column_can_be_asked_for_without_evaluating_again(make_run, experiment):
    manifests = {split: two_genders(experiment.data.manifest(split)) for split in ("dev", "eval")}
    run = make_run("run", manifests=manifests)
    page = page_of(run, by="gender", resamples=0, examples=0)
    assert "eval, EER by gender" in page
    assert "EER by attack" not in page
    markdown = (run / "report" / "report.md").read_text()
    assert "## eval by gender" in markdown
    assert "| F | " in markdown
    assert "| M | " in markdown


def test_a_crossing_without_its_margins_has_none(make_run, experiment):
    manifest = two_genders(experiment.data.manifest("dev"))
    record = RunRecord.read(make_run("run", manifests={"dev": manifest, "eval": manifest}))
    [table, _] = condition_tables([grouped(record, ["attack x gender"])])
    assert table["across"] == ["F", "M"]
    assert [row["name"] for row in table["rows"]] == ["A01", "A02"]


def test_several_runs_stand_side_by_side_in_every_column(make_run, experiment):
    manifest = two_genders(experiment.data.manifest("dev"))
    folders = [make_run(name, manifests={"dev": manifest, "eval": manifest}) for name in "ab"]
    page = page_of(*folders, by="gender", resamples=0, examples=0)
    assert "dev, EER by gender" in page


def test_a_column_that_the_corpus_lacks_is_named(make_run, capsys):
    assert main(["report", str(make_run("run")), "--by", "codec"]) == 1
    assert "There is no column 'codec' to group by" in capsys.readouterr().err


def test_marks_of_one_column_share_a_scale(make_run):
    run = RunRecord.read(make_run("ours"))
    around = {split: spread(judged, 200) for split, judged in run.judged.items()}
    for column in zip(*(row["cells"] for row in headline_rows([run], [around])), strict=True):
        places = [cell[key] for cell in column for key in ("at_low", "at_value", "at_high")]
        assert min(places) == 0
        assert max(places) == pytest.approx(100)


def test_attacks_that_training_never_heard_are_marked(make_run):
    [_, table] = condition_tables([RunRecord.read(make_run("ours"))], {"A01"})
    new = {row["name"]: row["new"] for row in table["rows"]}
    assert new == {"A01": False, "A02": True, "all": False}


def test_speakers_are_resampled_only_where_there_are_enough(make_run, experiment):
    assert spread(RunRecord.read(make_run("few")).judged["eval"], 100).speakers == {}
    manifest = experiment.data.manifest("eval")
    many = np.tile(manifest.ids, 4)
    rows = manifest.take(np.tile(np.arange(len(manifest)), 4))
    speakers = Column.of([f"s{n // 2 % 24}" for n in range(len(rows))])
    ids = np.array([f"{name}_{n}" for n, name in enumerate(many)])
    rows = replace(rows, ids=ids, columns={**rows.columns, "speaker": speakers})
    judged = RunRecord.read(make_run("many", manifests={"eval": rows})).judged["eval"]
    assert spread(judged, 100).speakers["eer"].value == judged.metrics["eer"]


def test_the_hardest_are_those_furthest_on_the_wrong_side():
    labels = np.array([1, 1, 1, 0, 0, 0])
    scores = np.array([-3.0, 2.0, 0.5, 1.0, -5.0, 4.0])
    bonafide, spoof = hardest([margins(scores, labels, 0.0)], labels, 4)
    assert bonafide.tolist() == [0, 2]
    assert spoof.tolist() == [5, 3]


def test_a_class_with_few_utterances_leaves_its_place_to_the_other():
    labels = np.array([1, 0, 0, 0, 0, 0])
    bonafide, spoof = hardest([np.arange(6.0)], labels, 4)
    assert (len(bonafide), len(spoof)) == (1, 3)
    with pytest.raises(ScoreError, match="one margin per utterance"):
        hardest([np.arange(5.0)], labels, 4)


def test_drawings_take_their_colours_from_the_page():
    generator = np.random.default_rng(0)
    figure = det_plot({"a <b>": (generator.normal(2, 1, 50), generator.normal(0, 1, 90))})
    text = svg(figure, 'the "name"')
    assert not [colour for colour in THEME if colour in text]
    assert "var(--c0)" in text
    assert "a &lt;b&gt;" in text
    assert 'aria-label="the &quot;name&quot;"' in text


@pytest.mark.parametrize("samples", [np.zeros(4000, np.float32), np.ones(7, np.float32)])
def test_silence_and_very_short_sounds_have_a_spectrogram(samples):
    assert spectrogram(samples, 16_000).startswith("data:image/png;base64,")


def test_a_file_that_cannot_be_read_is_named_in_its_place(make_run, tmp_path):
    def listen(split, key):
        raise ScoreError(f"{key} of {split} is damaged.")

    run = RunRecord.read(make_run("ours"))
    corpus = CorpusAtHand(listen=listen)
    page = write_html(tmp_path / "p.html", [run], [corpus], [{}], resamples=0).read_text()
    assert page.count("of eval is damaged.") == 12


def test_a_history_cut_off_in_the_middle_of_a_line_is_read_up_to_there(make_run):
    folder = make_run("killed")
    with (folder / "metrics.jsonl").open("a") as file:
        file.write('{"step": 9, "lo')
    assert RunRecord.read(folder).history[-1]["step"] == 8
    assert write_report(folder).is_file()


def test_numbers_from_before_a_calibration_are_called_out_of_date(make_run):
    folder = make_run("calibrated")
    decision = {**NOTHING, "threshold": 0.7}
    (folder / "decision.json").write_text(json.dumps(decision))
    assert "out of date: run `spoofjax evaluate" in write_report(folder).read_text()
    assert "out of date: run `spoofjax evaluate" in page_of(folder)


def test_a_folder_that_is_no_run_is_refused(tmp_path):
    with pytest.raises(RunError, match="holds no run"):
        RunRecord.read(tmp_path)


def test_runs_are_told_apart_by_as_much_of_their_path_as_it_takes():
    assert distinct_names([Path("/a/x"), Path("/a/y")]) == ["x", "y"]
    assert distinct_names([Path("/a/x"), Path("/b/x")]) == ["a/x", "b/x"]
    with pytest.raises(RunError, match="named twice"):
        distinct_names([Path("/a/x"), Path("/a/x")])


def test_what_the_guide_says_can_be_run(repository):
    guide = (repository / "docs" / "metrics.md").read_text()
    for block in re.findall(r"```python\n(.*?)```", guide, re.DOTALL):
        exec(block, {})
    parser = build_parser()
    for line in re.findall(r"^spoofjax (.*)$", guide, re.MULTILINE):
        parser.parse_args(line.partition("#")[0].split())
