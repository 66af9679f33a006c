"""Join the reports of finished runs into one page that needs no other file.

    python docs/gallery/make.py --page TITLE RUN [RUN ...] [--page ...] [--sound N] [--out FILE]

Each --page is a report of one run, or of several side by side. The corpora of the runs must be in
their places, because a report counts their utterances. Of runs on the bundled demo corpus, the page
plays N utterances; other corpora are heard nowhere. Paths of this machine are shortened to the
names of files.
"""

from __future__ import annotations

import argparse
import html
import json
import re
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from spoofjax.report.corpus import CorpusAtHand, corpus_at_hand
from spoofjax.report.numbers import spread
from spoofjax.report.page import write_html
from spoofjax.runs.record import RunRecord

HERE = Path(__file__).resolve().parent
DEMO = HERE.parent.parent / "demo" / "corpus"
ABSOLUTE = re.compile(r"/(?:[\w.-]+/)+(?=[\w.-])")
"""The folders of an absolute path, up to the name of its file."""

FRAME = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Finished reports · spoofjax</title>
<style>
html, body { height: 100%; margin: 0; }
body { display: flex; flex-direction: column; font: 15px/1.5 system-ui, sans-serif; }
nav { display: flex; flex-wrap: wrap; gap: 4px 20px; padding: 10px 28px; }
nav a { color: inherit; text-decoration: none; }
nav a[aria-current] { font-weight: 600; border-bottom: 2px solid; }
iframe { flex: 1; border: 0; border-top: 1px solid #8885; }
</style>
</head>
<body>
<nav aria-label="Reports">
LINKS
</nav>
<iframe title="Report"></iframe>
<noscript>This page shows its reports by JavaScript.</noscript>
<script type="application/json">PAGES</script>
<script>
const pages = JSON.parse(document.querySelector("script[type='application/json']").textContent);
const links = [...document.querySelectorAll("nav a")];
function show() {
  const current = links.find((link) => link.hash === location.hash) ?? links[0];
  for (const link of links) link.toggleAttribute("aria-current", link === current);
  document.querySelector("iframe").srcdoc = pages[current.id];
}
addEventListener("hashchange", show);
show();
</script>
</body>
</html>
"""


def without_folders(value: Any) -> Any:
    """Return JSON values whose texts hold no absolute path."""
    if isinstance(value, dict):
        return {key: without_folders(each) for key, each in value.items()}
    if isinstance(value, list):
        return [without_folders(each) for each in value]
    return ABSOLUTE.sub("", value) if isinstance(value, str) else value


def record_of(folder: Path) -> RunRecord:
    """Read a run, without the paths of the machine on which it was trained."""
    run = RunRecord.read(folder)
    config = without_folders(dict(run.config))
    environment = without_folders(dict(run.environment))
    return replace(run, folder=Path(run.name), config=config, environment=environment)


def corpus_of(folder: Path) -> CorpusAtHand:
    """Return the corpus of a run; only the demo corpus can be listened to."""
    corpus = corpus_at_hand(folder)
    if RunRecord.read(folder).config["data"]["root"].endswith("demo/corpus"):
        return corpus_at_hand(folder, ["--data.root", str(DEMO)])
    return replace(corpus, listen=None, why_not="The recordings are not part of this page.")


def report(folders: Sequence[Path], sound: int) -> str:
    """Return the page that `spoofjax report` writes of these runs."""
    runs = [record_of(folder) for folder in folders]
    spreads = [{split: spread(each, 1000) for split, each in run.scored.items()} for run in runs]
    with tempfile.TemporaryDirectory() as place:
        corpora = [corpus_of(folder) for folder in folders]
        page = write_html(Path(place) / "page.html", runs, corpora, spreads, examples=sound)
        return page.read_text(encoding="utf-8")


def main() -> None:
    """Write the page."""
    parser = argparse.ArgumentParser(description="Join the reports of finished runs into one page.")
    parser.add_argument("--page", action="append", nargs="+", required=True, metavar="TITLE RUN")
    parser.add_argument("--sound", type=int, default=4, metavar="N")
    parser.add_argument("--out", type=Path, default=HERE / "index.html")
    options = parser.parse_args()
    names = [f"report-{number}" for number in range(1, len(options.page) + 1)]
    links = [
        f'<a id="{name}" href="#{name}">{html.escape(title)}</a>'
        for name, (title, *_) in zip(names, options.page, strict=True)
    ]
    pages = {
        name: report([Path(folder) for folder in folders], options.sound)
        for name, (_, *folders) in zip(names, options.page, strict=True)
    }
    # A page inside JSON may hold no end of a script.
    data = json.dumps(pages, ensure_ascii=False).replace("<", "\\u003c")
    options.out.write_text(
        FRAME.replace("LINKS", "\n".join(links)).replace("PAGES", data), encoding="utf-8"
    )
    print(f"{options.out} ({options.out.stat().st_size / 1e6:.2f} MB)")


if __name__ == "__main__":
    main()
