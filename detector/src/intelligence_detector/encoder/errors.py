"""What can be wrong with an encoder."""


class EncoderError(ValueError):
    """The directory holds no encoder that can be read here, or a library is missing."""
