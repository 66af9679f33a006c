"""The guide on augmentation shows code that runs and names every augmentation."""

import re

import spoofjax.audio.augmentation
from spoofjax.config import Augmentation


def test_every_example_of_the_guide_is_an_augmentation(repository):
    text = (repository / "docs" / "augmentation.md").read_text()
    examples = re.findall(r"```python\n(.*?)```", text, flags=re.DOTALL)
    assert len(examples) >= 2
    for example in examples:
        names: dict = {}
        exec(example, names)
        assert isinstance(names["augment"], Augmentation)


def test_the_guide_names_every_augmentation(repository):
    text = (repository / "docs" / "augmentation.md").read_text()
    names = spoofjax.audio.augmentation.__all__
    assert {name for name in names if f"`{name}`" not in text} == set()
