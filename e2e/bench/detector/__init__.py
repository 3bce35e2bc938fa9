"""What the detector is worth, measured on public data that is never copied into the repository."""
