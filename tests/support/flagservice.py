"""The smallest service that keeps the contract: GET /health names the revision of the mounted flag document."""

import os
from pathlib import Path

from aiohttp import web

from rollout_contract.flagset import parse, revision_of
from rollout_contract.names import HEALTH_REVISION_FIELD


async def health(_: web.Request) -> web.Response:
    text = Path(os.environ["FLAGS_FILE"]).read_text()  # noqa: ASYNC240 - a few bytes
    return web.json_response({HEALTH_REVISION_FIELD: revision_of(parse(text))})


def main() -> None:
    app = web.Application()
    app.router.add_get("/health", health)
    web.run_app(app, host=os.environ["HOST"], port=int(os.environ["PORT"]), print=None, access_log=None)


if __name__ == "__main__":
    main()
