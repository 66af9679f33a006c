"""Throughput benchmarks: each answers one question and runs alone as `python -m bench.<name>`."""
