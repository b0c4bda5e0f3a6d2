"""What was removed, or would be, of one kind."""

from dataclasses import dataclass


@dataclass
class Removed:
    """what: in words. size: bytes that are free now; of what lies in databases and buckets, none is counted."""

    what: str
    count: int = 0
    size: int = 0

    def add(self, size: int) -> None:
        self.count += 1
        self.size += size

    @property
    def line(self) -> str:
        """For people."""
        return f"{self.what:<40} {self.count:>9,} {self.size / 1e6:>12,.1f} MB"
