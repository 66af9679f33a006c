"""What Python programs use: functions that `import spoofjax` offers under short names."""
