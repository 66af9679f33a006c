"""The short report has the intervals, and says which of its numbers are out of date."""

import json
import re

from drawn_runs import NOTHING, page_of

from spoofjax.cli import main
from spoofjax.report.markdown import write_report
from spoofjax.runs.record import RunRecord


def test_the_markdown_gets_the_intervals_too(make_run):
    folder = make_run("ours")
    assert main(["report", str(folder)]) == 0
    text = (folder / "report" / "report.md").read_text()
    assert re.search(r"\| eval \| asvspoof5 \| \d+\.\d\d% \[\d+\.\d\d%, \d+\.\d\d%\] \|", text)
    assert "[" not in write_report(folder).read_text().split("| eval |")[1].split("\n")[0]


def test_numbers_from_before_a_calibration_are_called_out_of_date(make_run):
    folder = make_run("calibrated")
    decision = {**NOTHING, "threshold": 0.7}
    (folder / "decision.json").write_text(json.dumps(decision))
    assert "out of date: run `spoofjax evaluate" in write_report(folder).read_text()
    assert "out of date: run `spoofjax evaluate" in page_of(folder)


def test_a_history_cut_off_in_the_middle_of_a_line_is_read_up_to_there(make_run):
    folder = make_run("killed")
    with (folder / "metrics.jsonl").open("a") as file:
        file.write('{"step": 9, "lo')
    assert RunRecord.read(folder).history[-1]["step"] == 8
    assert write_report(folder).is_file()
