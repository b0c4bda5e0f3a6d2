"""What one foreign picture may cost before it is refused."""

from dataclasses import dataclass


@dataclass(frozen=True)
class PictureLimits:
    """max_bytes: of the file. max_pixels: width × height. timeout_s: wall-clock seconds of decoding one file."""

    max_bytes: int = 512 << 20
    max_pixels: int = 250_000_000
    timeout_s: float = 20.0

    @property
    def memory_bytes(self) -> int:
        """What a decoder process may allocate on top of what it holds at its start."""
        return (512 << 20) + 2 * self.max_bytes + 16 * self.max_pixels
