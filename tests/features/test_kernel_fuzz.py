"""The kernel under AddressSanitizer and UndefinedBehaviorSanitizer, fed with random options."""

import pytest
from sanitizers import random_cases


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_eight_seconds_of_random_cases_under_sanitizers(repository, tmp_path):
    harness, arguments = "features/fuzz/fuzz.c", ("1", "100000000", "8")
    assert random_cases(repository, "features", harness, tmp_path, *arguments) > 100
