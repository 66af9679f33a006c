"""The layers of the heads in models/heads/."""
