"""What the platform refuses, by the code that its scripts know."""


class PlatformError(Exception):
    """code: of the API, such as TAG_NAME_EXISTS."""

    def __init__(self, code: str, words: str) -> None:
        super().__init__(words)
        self.code = code
