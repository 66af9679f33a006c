"""The augmentations under AddressSanitizer and UndefinedBehaviorSanitizer, with random options."""

import pytest
from sanitizers import random_cases


@pytest.mark.slow
def test_eight_seconds_of_random_augmentations_under_sanitizers(repository, tmp_path):
    harness, arguments = "audio/fuzz/fuzz_augment.c", ("1", "100000000", "8")
    assert random_cases(repository, "audio", harness, tmp_path, *arguments) > 40
