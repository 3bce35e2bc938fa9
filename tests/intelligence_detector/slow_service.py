"""The detector with a pipeline that takes its time, composed from outside as an experiment would."""

import asyncio
import logging
import os

from intelligence_detector.app import build_app, default_pipelines
from intelligence_detector.model import Answer, Request
from intelligence_detector.server import serve
from intelligence_detector.settings import Settings


def main() -> None:
    logging.basicConfig(level=logging.INFO)
    settings = Settings()
    pipelines = default_pipelines(settings)

    async def slow(request: Request) -> Answer:
        logging.getLogger().info("thinking")
        await asyncio.sleep(float(os.environ["SECONDS"]))
        return await pipelines["control"](request)

    app = build_app(settings, pipelines=pipelines | {"control": slow})
    asyncio.run(serve(app, settings.host, settings.port))


main()
