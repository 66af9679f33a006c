"""Run folders: the names of their files, their records, scores and weights."""
