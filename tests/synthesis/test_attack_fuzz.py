"""The attacks under AddressSanitizer and UndefinedBehaviorSanitizer, with random options."""

import pytest
from sanitizers import random_cases


@pytest.mark.slow
def test_eight_seconds_of_random_attacks_under_sanitizers(repository, tmp_path):
    harness = "synthesis/fuzz/fuzz_attacks.c"
    arguments = "1", "100000000", "8"
    assert random_cases(repository, "synthesis", harness, tmp_path, *arguments) > 20
