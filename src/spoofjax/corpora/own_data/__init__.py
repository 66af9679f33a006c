"""A folder of recordings as a corpus: its classes, speakers and splits, told by names and sound."""
