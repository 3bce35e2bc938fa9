"""Finds the specialist for a developer's request, by an old and by a new pipeline side by side."""

import os

# Read when numpy is first imported. The products here are small: on busy cores several threads wait for each other
# ten times as long as one takes. Whoever sets the variable decides.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
