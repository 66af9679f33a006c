"""Processes and machines: who is who, how they agree, what ends a run early."""
