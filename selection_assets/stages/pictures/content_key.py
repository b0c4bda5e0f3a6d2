"""The key under which what was made of a file's content is remembered: `…/kind/SHA-256`."""


def content_hash_of(content_key: str) -> str:
    """The SHA-256 (64 hex digits) of the file's bytes, the last part of a content key."""
    return content_key.rpartition("/")[2]
