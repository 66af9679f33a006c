"""The gallery of finished reports is one small file without a trace of the machine it is from."""

import json
import re

import pytest
from drawn_runs import Elements

MOST_BYTES = 2_000_000


@pytest.fixture(scope="module")
def gallery(repository) -> str:
    return (repository / "docs" / "gallery" / "index.html").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def reports(gallery) -> dict[str, str]:
    """The pages inside, by the names that the links have."""
    [data] = re.findall(r'<script type="application/json">(.*?)</script>', gallery, re.DOTALL)
    return json.loads(data)


def test_the_gallery_is_small_and_each_link_leads_to_a_report(gallery, reports):
    assert len(gallery.encode()) < MOST_BYTES
    links = Elements(gallery).attributes("a")
    assert [link["href"] for link in links] == [f"#{name}" for name in reports]
    assert len(reports) >= 3
    assert all(page.startswith("<!doctype html>") for page in reports.values())


def test_the_reports_need_no_other_file(reports):
    for page in reports.values():
        for name in ("img", "audio", "script", "link", "iframe"):
            for element in Elements(page).attributes(name):
                assert (element.get("src") or element.get("href") or "data:").startswith("data:")


def test_no_folder_of_another_machine_is_named(reports):
    for page in reports.values():
        text = re.sub(r'"data:[^"]*"', '""', page)
        assert re.findall(r"(?<![<\w/:.])/(?:\w[\w.-]*/)+\w", text) == []
