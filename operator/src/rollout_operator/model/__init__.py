"""Frozen values: what users want (spec), what is so (status), what was seen (seen), what to do (decision)."""
