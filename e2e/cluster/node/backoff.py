"""How long a container waits before it is started again."""

LONGEST_SECONDS = 300
FORGIVEN_AFTER_SECONDS = 600


class Backoff:
    """The kubelet's rule: the first restart comes at once, then the wait doubles up to five minutes."""

    def __init__(self, first_seconds: float) -> None:
        self._first = first_seconds
        self._next = 0.0

    def after(self, ran_seconds: float) -> float:
        """Return the wait after a run; a run of ten minutes makes the earlier failures forgotten."""
        if ran_seconds >= FORGIVEN_AFTER_SECONDS:
            self._next = 0.0
        wait = self._next
        self._next = min(wait * 2 or self._first, LONGEST_SECONDS)
        return wait
