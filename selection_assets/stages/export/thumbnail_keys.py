"""Under which key the thumbnail of a sample lies, and which samples can have none: names come from outside."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from configs.thumbnail_suffix import PLACEHOLDERS


@dataclass(frozen=True)
class ThumbnailKeys:
    """keys: filename -> key, no two alike. refused: filename -> why it has none."""

    keys: dict[str, str] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)


def thumbnail_keys(filenames: Iterable[str], suffix: str) -> ThumbnailKeys:
    """Keys by `suffix` (see `configs.thumbnail_suffix`). Of several samples that would share one, the first by name has
    it."""
    found = ThumbnailKeys()
    owners: dict[str, str] = {}
    for filename in sorted(filenames):
        key = thumbnail_key(filename, suffix)
        if not {"", ".", ".."}.isdisjoint(key.split("/")):
            found.refused[filename] = "its name makes an empty part, '.' or '..' of the thumbnail's"
        elif owners.setdefault(key, filename) != filename:
            found.refused[filename] = f"{owners[key]} has the thumbnail of this name"
        else:
            found.keys[filename] = key
    return found


def thumbnail_key(filename: str, suffix: str) -> str:
    """`a/b.PNG` -> `.lightly/thumbnails/a/b_thumb.PNG`."""
    folder, slash, name = filename.rpartition("/")
    stem, dot, extension = name.rpartition(".")
    parts = {"filename": f"{folder}{slash}{stem if dot else name}", "extension": extension if dot else ""}
    # In one go: a name may itself hold what looks like a placeholder.
    return PLACEHOLDERS.sub(lambda found: parts[found[1]], suffix)
