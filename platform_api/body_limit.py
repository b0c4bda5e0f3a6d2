"""No request may be larger than a limit, whether it says its length or not."""

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from platform_api.errors import answer

MOST = 64 << 20  # bytes; the largest are the bit masks and scores of a tag of millions of samples
FILES = "/files/"  # signed URLs: what is put there has a limit of its own
MOST_OF_FILE = 16 << 30


class BodyLimit:
    def __init__(self, app: ASGIApp, most: int = MOST) -> None:
        self._app, self._most = app, most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        most = MOST_OF_FILE if scope["method"] == "PUT" and scope["path"].startswith(FILES) else self._most
        words = f"a request may have {most >> 20} MiB at most"
        length = dict(scope["headers"]).get(b"content-length", b"0")
        if not length.isdigit() or int(length) > most:
            await answer(413, "PAYLOAD_TOO_LARGE", words)(scope, receive, send)
            return
        taken = 0

        async def limited() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > most:
                raise HTTPException(413, words)
            return message

        await self._app(scope, limited, send)
