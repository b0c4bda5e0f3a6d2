"""The grammar of `key=value` tokens: Hydra's override grammar, as far as the old commands used it.

Values: true/false in any case, null or nothing (None), integers with `'` or `_` between digits, floats (`1.`
is a float, `1` is not), lists `[480,640]`, quoted or bare strings. What a key means stands in `flat_options`.
Source: https://hydra.cc/docs/advanced/override_grammar/basic/
"""

import re
from typing import Any

from configs.errors import InputError
from configs.validated import shown

INTEGER = re.compile(r"[+-]?\d+(?:['_]\d+)*")
FLOAT = re.compile(r"[+-]?(?:\d+(?:['_]\d+)*\.\d*|\.\d+|\d+(?=[eE]))(?:[eE][+-]?\d+)?")
LONGEST_NUMBER = 4000  # digits; longer ones Python does not read
WORDS = {"true": True, "false": False, "null": None, "none": None, "": None}
KEY = re.compile(r"[A-Za-z_][\w]*(?:\.[A-Za-z_][\w]*)*")


def split_token(token: str) -> tuple[str, str]:
    """The key and the text of the value of `key=value`. Raises InputError for anything else."""
    key, equals, text = token.partition("=")
    key = unquote(key.strip().lstrip("+"))  # `+key=value` adds a key in Hydra
    if not equals or not KEY.fullmatch(key):
        raise InputError(f"{shown(token)} is not an option; write key=value, e.g. stopping_condition.n_samples=0.3")
    return key, text.strip()


def unquote(text: str) -> str:
    """`text` without the quotes around it, if there are any."""
    return text[1:-1] if len(text) >= 2 and text[0] == text[-1] and text[0] in "'\"" else text


def parse_value(text: str) -> Any:
    """The value that `text` stands for."""
    if unquote(text) != text:
        return unquote(text)
    if text.startswith("[") and text.endswith("]"):
        inner = text[1:-1].strip()
        return [parse_value(part.strip()) for part in inner.split(",")] if inner else []
    if text.lower() in WORDS:
        return WORDS[text.lower()]
    if INTEGER.fullmatch(text):
        digits = text.replace("'", "").replace("_", "")
        return int(digits) if len(digits) < LONGEST_NUMBER else text
    if FLOAT.fullmatch(text):
        return float(text.replace("'", "").replace("_", ""))
    return text
