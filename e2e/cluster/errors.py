"""The one error of this package."""


class ClusterError(Exception):
    """Something the cluster needs is missing or failed; the message is one line and names the cure."""
