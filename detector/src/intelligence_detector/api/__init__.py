"""The HTTP front door: thin handlers, one error policy."""
