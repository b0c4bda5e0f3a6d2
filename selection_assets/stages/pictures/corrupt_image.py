"""The verdict on a picture that cannot be used."""


class CorruptImageError(ValueError):
    """A short sentence for people, and a stable class name for programs."""

    def __init__(self, reason: str, reason_class: str) -> None:
        super().__init__(reason)
        self.reason, self.reason_class = reason, reason_class


def unsupported(what: str) -> CorruptImageError:
    """A whole file of a kind that is not read. It is not damaged, and must not be called so."""
    return CorruptImageError(f"{what} is not supported", "UnsupportedPicture")
