"""How tests ask the service, and what its problems are named by."""

PREFIX = "urn:intelligence-detector:problem:"


async def post(client, path, body):
    async with client.post(path, json=body) as response:
        return response.status, await response.json(content_type=None)
