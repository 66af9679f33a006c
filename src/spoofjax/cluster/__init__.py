"""Processes and machines: how processes find each other, agree, and end a run early."""
