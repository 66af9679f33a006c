"""Runs whose scores are drawn at random instead of computed by a model, and their pages."""

import json
from dataclasses import replace
from html.parser import HTMLParser

from spoofjax.cli import main
from spoofjax.corpora.column import Column
from spoofjax.evaluation.breakdown import breakdown
from spoofjax.evaluation.collapse import collapse
from spoofjax.evaluation.keys import Keys
from spoofjax.evaluation.metrics import summary
from spoofjax.evaluation.scores import Scores, write_scores
from spoofjax.runs.folder import RunFolder
from spoofjax.runs.results import own_results, results_elsewhere
from spoofjax.runs.scores import write_key

CORPUS = "asvspoof5"
NOTHING = {"threshold": 0.0, "threshold_from": "dev", "log_prior_odds": 0.0, "calibration": None}


def judge(folder, split, score, manifest):
    """Write what evaluation writes of one of the run's own splits."""
    (folder / "report").mkdir(exist_ok=True)
    write(own_results(RunFolder(folder), manifest.corpus, split), score, manifest)


def judge_elsewhere(folder, corpus, score, manifest):
    """Write what evaluation writes of the eval split of another corpus."""
    write(results_elsewhere(RunFolder(folder), corpus, "eval", manifest), score, manifest)


def write(place, score, manifest):
    """Write scores, key and metrics of a split."""
    keys = Keys.of(manifest)
    place.write_origin()
    write_scores(place.scores, Scores(manifest.ids, score))
    write_key(place.key, keys)
    shown = {name: keys.columns[name] for name in ("attack", "codec") if name in keys.columns}
    metrics = {
        "corpus": manifest.corpus,
        **summary(score, manifest.label),
        "collapse": collapse(score, manifest.label).to_json(),
        "by": breakdown(score, manifest.label, shown),
        "alarms": [],
    }
    place.metrics.write_text(json.dumps(metrics))


def two_genders(manifest):
    """Return the manifest with every second pair of utterances spoken by men."""
    genders = Column.of([("F", "M")[row // 2 % 2] for row in range(len(manifest))])
    return replace(manifest, columns={**manifest.columns, "gender": genders})


def page_of(*folders, out=None, **options):
    """Return the page that `spoofjax report` writes of these runs."""
    arguments = [text for key, value in options.items() for text in (f"--{key}", str(value))]
    out = out or folders[0].parent / "page.html"
    assert main(["report", *map(str, folders), "--out", str(out), *arguments]) == 0
    return out.read_text()


def reports_of(folder, **options):
    """Return the page and the Markdown that `spoofjax report` writes into the folder of a run."""
    arguments = [text for key, value in options.items() for text in (f"--{key}", str(value))]
    assert main(["report", str(folder), *arguments]) == 0
    report = folder / "report"
    return (report / "report.html").read_text(), (report / "report.md").read_text()


class Elements(HTMLParser):
    """Collects the elements of a page, and fails where they do not nest."""

    VOID = ("meta", "img", "br", "path", "use", "rect")

    def __init__(self, page):
        super().__init__()
        self.elements, self.open = [], []
        self.feed(page)
        assert not self.open

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        if tag not in self.VOID:
            assert self.open.pop() == tag

    def attributes(self, tag):
        return [attributes for name, attributes in self.elements if name == tag]
