"""Long names cut to a length, for plots, pages and tables."""


def shorten(name: str, length: int) -> str:
    """A long name with its middle left out; line breaks and control characters become spaces."""
    clean = "".join(c if c.isprintable() else " " for c in name)
    return clean if len(clean) <= length else f"{clean[: length // 3]}…{clean[-(length - length // 3 - 1) :]}"
