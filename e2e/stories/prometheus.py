"""The one question stories ask Prometheus themselves: does it see the pods."""

from __future__ import annotations

import asyncio

import aiohttp


async def targets_up(address: str, wanted: int, within: float) -> None:
    """Wait until Prometheus scrapes this many detectors; raises TimeoutError."""
    query = {"query": 'sum(up{namespace="intelligence"})'}
    try:
        async with asyncio.timeout(within), aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=2)) as http:
            while await _value(http, address, query) < wanted:  # noqa: ASYNC110 - Prometheus can only be polled
                await asyncio.sleep(0.3)
    except TimeoutError:
        raise TimeoutError(f"Prometheus at {address} did not see {wanted} detectors within {within:.0f} s") from None


async def _value(http: aiohttp.ClientSession, address: str, query: dict[str, str]) -> float:
    try:
        async with http.get(f"{address}/api/v1/query", params=query) as response:
            result = (await response.json())["data"]["result"]
            return float(result[0]["value"][1]) if result else 0.0
    except (aiohttp.ClientError, TimeoutError, KeyError, ValueError):
        return 0.0
