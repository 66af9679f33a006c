"""The guide on data shows code that runs and names readers that exist."""

import re

import spoofjax.corpora
from spoofjax.config import Corpus


def test_every_example_of_the_guide_runs(repository):
    text = (repository / "docs" / "data.md").read_text()
    examples = re.findall(r"```python\n(.*?)```", text, flags=re.DOTALL)
    assert len(examples) >= 4
    for example in examples:
        names: dict = {}
        exec(example, names)
        assert isinstance(names.get("data", Corpus()), Corpus)


def test_the_guide_names_every_reader(repository):
    text = (repository / "docs" / "data.md").read_text()
    readers = set(spoofjax.corpora.__all__) - {"Manifest"}
    assert {name for name in readers if f"{name}" not in text} == set()
