"""Files of weights from elsewhere: named arrays, read without torch and without running code."""
