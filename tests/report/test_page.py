"""The page of `spoofjax report`: complete in one file, with the numbers of the score files."""

import re
from dataclasses import replace

import numpy as np
from drawn_runs import Elements, judge, page_of, reports_of

from spoofjax.cli import build_parser
from spoofjax.corpora.column import Column
from spoofjax.evaluation.bootstrap import compare, intervals
from spoofjax.report.numbers import spread
from spoofjax.runs.record import RunRecord


def test_the_page_is_whole_in_one_file_and_asks_the_network_for_nothing(make_run):
    elements = Elements(page_of(make_run("ours")))
    sources = [a[key] for _, a in elements.elements for key in ("src", "href", "data") if key in a]
    assert all(source.startswith("data:") for source in sources)
    links = [a["xlink:href"] for _, a in elements.elements if "xlink:href" in a]
    assert all(link.startswith("#") for link in links)
    assert not elements.attributes("link")
    styles = "".join(a.get("style", "") for _, a in elements.elements)
    assert "url(http" not in styles


def test_numbers_stand_with_their_bootstrap_intervals(make_run):
    folder = make_run("ours")
    page = page_of(folder)
    eval_ = RunRecord.read(folder).scored["eval"]
    bounds = intervals(eval_.llr, eval_.keys.label)
    assert f"{bounds['eer'].value:.2%}" in page
    assert f"{100 * bounds['eer'].low:.2f} to {bounds['eer'].high:.2%}" in page
    assert f"{bounds['min_dcf'].low:.4f} to {bounds['min_dcf'].high:.4f}" in page


def test_an_alarm_comes_before_every_number(make_run, experiment):
    folder = make_run("collapsed")
    manifest = experiment.data.manifest("eval")
    judge(folder, "eval", np.linspace(-9, -8, len(manifest)), manifest)
    page = page_of(folder)
    assert "No alarm" not in page
    assert page.index("calls 100.0% of the utterances spoof") < page.index("<h2>Results</h2>")


def test_several_runs_are_compared_with_the_first_on_the_same_utterances(make_run):
    runs = make_run("first", lift=0.8), make_run("second", lift=3.0, drawn=1)
    page = page_of(*runs)
    first, second = (RunRecord.read(folder).scored["eval"] for folder in runs)
    difference = compare(second.llr, first.llr, first.keys.label)["eer"]
    text = f"{100 * difference.difference:+.2f} points".replace("-", "−")
    assert f'<td class="better"><b>{text}</b>' in page
    assert f"p = {difference.p_value:.3f}" in page or "p &lt; 0.001" in page


def test_runs_on_other_utterances_are_not_compared(make_run, experiment):
    complete = make_run("first")
    fewer = experiment.data.manifest("eval").take(np.arange(20))
    part = make_run("second", manifests={"eval": fewer})
    assert "Not compared: its eval scores are of other utterances." in page_of(complete, part)


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
    page, markdown = reports_of(folder)
    assert "has not been evaluated" in page
    assert "<h2>Training</h2>" in page
    assert "has not been evaluated" in markdown


def test_without_resamples_there_are_numbers_but_no_intervals(make_run):
    folder = make_run("ours")
    run = RunRecord.read(folder)
    assert spread(run.scored["eval"], 0).utterances == {}
    assert f"{run.metrics['eval']['eer']:.2%}" in page_of(folder, resamples=0)


def test_what_the_guide_says_can_be_run(repository):
    guide = (repository / "docs" / "metrics.md").read_text()
    for block in re.findall(r"```python\n(.*?)```", guide, re.DOTALL):
        exec(block, {})
    parser = build_parser()
    for line in re.findall(r"^spoofjax (.*)$", guide, re.MULTILINE):
        options, rest = parser.parse_known_args(line.partition("#")[0].split())
        assert not rest or options.takes_overrides  # fields of a corpus are options too
