"""Reads an answer of Prometheus' query API; every way not to hold one number has its own lack."""

import math
from typing import Any, Final

import requests

from rollout_operator.model.seen import Answer, Lack

EXCERPT: Final = 200


def judge(response: requests.Response) -> Answer:
    """The number in an answer, or why there is none."""
    body = _json(response)
    if body is None:
        kind = response.headers.get("content-type", "without a type")
        return Answer.missing(Lack.BAD_ANSWER, f"{response.status_code} with {kind} is no answer of Prometheus")
    if response.status_code != 200 or body.get("status") != "success":
        return _refusal(response.status_code, body)
    try:
        return _value(body["data"], [str(each) for each in body.get("warnings") or []])
    except (LookupError, TypeError, ValueError):
        return Answer.missing(Lack.BAD_ANSWER, f"the answer cannot be read: {str(body)[:EXCERPT]}")


def _json(response: requests.Response) -> dict[str, Any] | None:
    if "json" not in response.headers.get("content-type", ""):
        return None
    try:
        body = response.json()
    except (ValueError, RecursionError):
        return None
    return body if isinstance(body, dict) else None


def _refusal(code: int, body: dict[str, Any]) -> Answer:
    message = f"{body.get('errorType', code)}: {body.get('error', 'no reason given')}"
    if body.get("errorType") == "bad_data":
        return Answer.missing(Lack.BAD_QUERY, message)
    return Answer.missing(Lack.TIMEOUT if body.get("errorType") == "timeout" else Lack.BAD_ANSWER, message)


def _value(data: dict[str, Any], warnings: list[str]) -> Answer:
    kind, result = data["resultType"], data["result"]
    if kind not in {"vector", "scalar"}:
        return Answer.missing(Lack.BAD_QUERY, f"the query gives a {kind}; it must give one number")
    if kind == "vector" and len(result) > 1:
        return Answer.missing(Lack.SEVERAL_SERIES, "the query gives several series; aggregate them to one")
    if warnings:
        return Answer.missing(Lack.PARTIAL, "; ".join(warnings))
    if not result:
        return Answer.missing(Lack.NO_DATA, "the query gives no series")
    if kind == "vector" and "value" not in result[0]:
        return Answer.missing(Lack.BAD_QUERY, "the query gives a histogram; it must give one number")
    number = float(result[1] if kind == "scalar" else result[0]["value"][1])
    return Answer.missing(Lack.NAN, "the query gives NaN") if math.isnan(number) else Answer(number)
