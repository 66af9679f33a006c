"""A run's detector in the formats of other programs, from waveform to calibrated score."""
