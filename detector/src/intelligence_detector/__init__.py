"""Finds the specialist for a developer's request, by an old and by a new pipeline side by side."""
