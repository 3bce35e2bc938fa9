"""A generator of requests and feedback, and a detector whose treatment can be made bad."""
