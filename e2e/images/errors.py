"""The one error of this package."""


class ImageError(Exception):
    """An image cannot be built; the message is one line and names the cure."""
