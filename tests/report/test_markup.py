"""Names of runs, files and attacks appear as they are, whatever characters they hold."""

import json

import pytest
from drawn_runs import page_of

from spoofjax.evaluation.rule import Rule
from spoofjax.report.markdown import write_report
from spoofjax.report.markup import in_markdown, in_picture, in_table


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("plain_name", "plain_name"),
        ("<b>bold</b> & co", "&lt;b&gt;bold&lt;/b&gt; & co"),
        ("&lt;", "&amp;lt;"),
        ("two\nlines", "two\\nlines"),
        ("run `spoofjax report <RUN>` again", "run `spoofjax report <RUN>` again"),
        ("odd ` <b>", "odd \\` &lt;b&gt;"),
    ],
)
def test_markdown_shows_a_name_as_it_is(name, shown):
    assert in_markdown(name) == shown


def test_a_cell_of_a_table_ends_only_where_it_should():
    assert in_table("a|b") == "a&#124;b"


def test_a_dollar_sign_is_not_mathematics():
    from matplotlib.figure import Figure

    figure = Figure()
    text = figure.text(0, 0, in_picture(r"a$\x^b$"))
    figure.canvas.draw()
    assert text._preprocess_math(text.get_text()) == (r"a$\x^b$", False)


def test_a_report_survives_the_name_of_its_run(make_run):
    folder = make_run(r"a$\x^b$ <i>|")
    heading, *lines = write_report(folder).read_text().split("\n")
    assert heading == r"# a$\x^b$ &lt;i&gt;|"
    text = page_of(folder)
    assert "<i>|" not in text
    assert r"a$\x^b$ &lt;i&gt;|" in text
    decision = json.loads((folder / "decision.json").read_text())
    assert f"Verdicts: {Rule.of(decision)}." in lines
    assert "which is an LLR below" in text
