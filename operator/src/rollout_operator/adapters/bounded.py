"""A session of requests that reads no more, and no longer, than an answer of a provider can need."""

import time
from typing import Any, Final

import requests
from urllib3.exceptions import HTTPError, ReadTimeoutError

ANSWER_LIMIT: Final = 1_048_576
PIECE: Final = 65_536


class BoundedSession(requests.Session):
    """Answers are read whole within `deadline` seconds and ANSWER_LIMIT bytes, and redirects are not followed."""

    def __init__(self, deadline: float) -> None:
        super().__init__()
        self.trust_env = False  # no proxy or .netrc stands between the operator and its provider
        self.max_redirects = 0  # an address of a manifest must not lead elsewhere
        self._deadline = deadline

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:  # noqa: ANN401 - as requests has it
        """Send and read. Raises RequestException, Timeout for an answer that trickles."""
        end = time.monotonic() + self._deadline
        response = super().send(request, **options | {"stream": True})
        with response:
            try:
                response._content = _read(response, end)  # noqa: SLF001 - where requests keeps what it has read
            except ReadTimeoutError as error:
                raise requests.Timeout(error) from error
            except HTTPError as error:
                raise requests.ConnectionError(error) from error
        return response


def _read(response: requests.Response, end: float) -> bytes:
    data = bytearray()
    while piece := response.raw.read1(PIECE, decode_content=True):
        data += piece
        if len(data) > ANSWER_LIMIT:
            raise requests.RequestException(f"the answer is larger than {ANSWER_LIMIT} bytes")
        if time.monotonic() > end:
            raise requests.Timeout("the answer does not end")
    return bytes(data)
