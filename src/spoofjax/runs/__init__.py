"""The one home of a run folder: its names, records, scores, weights and atomic writes."""
