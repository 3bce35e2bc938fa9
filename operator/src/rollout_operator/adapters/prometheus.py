"""MetricSource over prometheus-api-client: blocking, so it runs in threads, a few for each provider.

A provider that hangs fills only its own threads, and every question ends at its deadline whatever its thread does.
"""

import asyncio
import contextlib
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import requests
from prometheus_api_client import PrometheusConnect
from prometheus_api_client.exceptions import PrometheusApiClientException
from urllib3.util.retry import Retry

from rollout_operator.adapters.answers import judge
from rollout_operator.adapters.bounded import BoundedSession
from rollout_operator.model.seen import Answer, Lack

DEADLINE: Final = 3.0
CONNECT_DEADLINE: Final = 1.0
FRESH: Final = 0.5
IN_FLIGHT: Final = 4
IDLE: Final = 600.0
BAD_ADDRESS: Final = (
    requests.exceptions.InvalidURL,
    requests.exceptions.MissingSchema,
    requests.exceptions.InvalidSchema,
)
UNREADABLE: Final = (
    requests.exceptions.JSONDecodeError,
    PrometheusApiClientException,
    LookupError,
    TypeError,
    RecursionError,
)
"""How the library fails on an answer that arrived."""

Timer = Callable[[float, Lack | None], None]
"""Told of every query that was really asked: seconds, and the lack if there was one."""


class PrometheusSource:
    """Asks providers; times in seconds. Equal questions at the same time, or within `fresh`, are asked once."""

    def __init__(self, timer: Timer, deadline: float = DEADLINE, fresh: float = FRESH) -> None:
        self._timer = timer
        self._deadline = deadline
        self._fresh = fresh
        self._providers: dict[str, _Provider] = {}

    async def ask(self, address: str, query: str) -> Answer:
        """One instant query, answered within the provider's deadline, whatever happens."""
        loop = asyncio.get_running_loop()
        self._forget_idle(loop.time())
        provider = self._providers.get(address)
        if provider is None:
            provider = self._providers[address] = _Provider(address, self._deadline)
        provider.used = loop.time()
        asked = provider.asked.get(query)
        if asked is None:
            asked = provider.asked[query] = asyncio.create_task(self._time(provider, query))
            asked.add_done_callback(lambda _: loop.call_later(self._fresh, provider.asked.pop, query, None))
        return await asyncio.shield(asked)  # others may wait for the same answer

    async def close(self) -> None:
        """Ask no more. Threads that hang are left to their own timeouts."""
        tasks = [task for provider in self._providers.values() for task in provider.asked.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for provider in self._providers.values():
            provider.close()
        self._providers.clear()

    async def _time(self, provider: "_Provider", query: str) -> Answer:
        loop = asyncio.get_running_loop()
        start = loop.time()
        answer = await provider.ask(query)
        self._timer(loop.time() - start, answer.lack)
        return answer

    def _forget_idle(self, now: float) -> None:
        idle = [name for name, each in self._providers.items() if not each.asked and now - each.used > IDLE]
        for name in idle:
            self._providers.pop(name).close()


class _Provider:
    """One address with its own threads: as many as queries may be in flight."""

    def __init__(self, address: str, deadline: float) -> None:
        self._address = address
        self._deadline = deadline
        self._threads = ThreadPoolExecutor(IN_FLIGHT, "prometheus")
        self._own = threading.local()  # sessions of requests are not promised to be thread-safe
        self.asked: dict[str, asyncio.Task[Answer]] = {}
        self.used = 0.0

    async def ask(self, query: str) -> Answer:
        future = asyncio.get_running_loop().run_in_executor(self._threads, self._ask, query)
        try:
            return await asyncio.wait_for(future, self._deadline)
        except TimeoutError:
            return Answer.missing(Lack.TIMEOUT, f"no answer from {self._address} within {self._deadline:g}s")

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _ask(self, query: str) -> Answer:
        client = getattr(self._own, "client", None)
        if client is None:
            client = self._own.client = _Client(self._address, self._deadline)
        return client.ask(query)


class _Client:
    """One thread's connection. The library returns bare results; the hook keeps the whole answer to judge."""

    def __init__(self, address: str, deadline: float) -> None:
        self._address = address
        self._answer: requests.Response | None = None
        session = BoundedSession(deadline)
        session.hooks["response"].append(self._keep)
        timeout = (min(CONNECT_DEADLINE, deadline), deadline)
        url = address.rstrip("/")
        retry = Retry(total=0, read=False)  # without `read`, a timeout would be told as a failed connection
        self._connection = PrometheusConnect(url=url, session=session, retry=retry, timeout=timeout)
        # The provider gives up before we do, and says why. Two series are enough to know that there are several.
        self._params = {"timeout": f"{round(deadline * 800)}ms", "limit": "2"}

    def ask(self, query: str) -> Answer:
        self._answer = None
        try:
            with contextlib.suppress(*UNREADABLE):  # judged below, from the whole answer
                self._connection.custom_query(query, params=self._params)
        except BAD_ADDRESS as error:
            return Answer.missing(Lack.BAD_QUERY, f"the address is wrong: {error}; correct spec.prometheus.address")
        except requests.Timeout:
            return Answer.missing(Lack.TIMEOUT, f"{self._address} is too slow")
        except requests.ConnectionError as error:
            return Answer.missing(Lack.UNREACHABLE, f"cannot reach {self._address}: {_cause(error)}")
        except (requests.RequestException, ValueError) as error:
            return Answer.missing(Lack.BAD_ANSWER, f"{self._address}: {error}")
        return judge(self._answer) if self._answer is not None else Answer.missing(Lack.BAD_ANSWER, "no answer")

    def _keep(self, response: requests.Response, **_: object) -> None:
        self._answer = response


def _cause(error: requests.ConnectionError) -> str:
    inner = error.args[0] if error.args else error
    return str(getattr(inner, "reason", inner))
