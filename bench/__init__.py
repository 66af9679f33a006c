"""Throughput benchmarks: each file one question, runnable alone as `python -m bench.<file>`."""
