"""Answers that may be long, made and sent block by block: memory stays small however much is asked for.

The first block is made before the answer begins, so that most errors still have a status and words of their own.
"""

import json
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any

from fastapi.responses import StreamingResponse


def json_list(blocks: Iterable[list[Any]]) -> StreamingResponse:
    """One list of the items of all blocks."""
    return _streamed(_wrapped("[", ",", "]", (_dumped(block) for block in blocks if block)), "application/json")


def json_lines(blocks: Iterable[list[str]]) -> StreamingResponse:
    """One string: the lines of all blocks, joined by line feeds."""
    return _streamed(_wrapped('"', "\\n", '"', (_dumped("\n".join(block)) for block in blocks)), "application/json")


def plain_lines(blocks: Iterable[list[str]]) -> StreamingResponse:
    return _streamed(_wrapped("", "\n", "", ("\n".join(block) for block in blocks)), "text/plain; charset=utf-8")


def _dumped(value: Any) -> str:
    """What stands between the brackets or quotation marks."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))[1:-1]


def _wrapped(begin: str, between: str, end: str, parts: Iterable[str]) -> Iterator[str]:
    each = iter(parts)
    yield begin + next(each, "")
    for part in each:
        yield between + part
    yield end


def _streamed(parts: Iterator[str], media_type: str) -> StreamingResponse:
    return StreamingResponse(chain([next(parts)], parts), media_type=media_type)
