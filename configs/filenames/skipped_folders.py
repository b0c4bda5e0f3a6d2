"""Folders that a listing never enters, known by their names alone."""

from typing import Final

OUTPUT_OF_OLD_PRODUCT: Final = "lightly_outputs"
# Thumbnails, waste bins and snapshots that file servers and operating systems put beside pictures (small letters).
_SYSTEM_FOLDERS: Final = frozenset(
    {
        "@eadir",
        "@recycle",
        "@recently-snapshot",
        "@sharebin",
        "@tmp",
        "#recycle",
        "#snapshot",
        "~snapshot",
        "$recycle.bin",
        "recycler",
        "recycled",
        "system volume information",
        "lost+found",
        "__macosx",
        "thumbs",
        "thumbs.db",
        "_thumbs",
        "@thumb",
    }
)


def is_skipped_name(name: str) -> bool:
    """Whether a folder of this name is never entered.

    Hidden ones (leading dot: `.lightly`, `.thumbnails`, `.Trash`), folders of servers and systems, and folders left
    behind by the old product (`lightly_outputs` in the name).
    """
    return name.startswith(".") or is_old_output(name) or is_system_folder(name)


def is_old_output(name: str) -> bool:
    """Whether the old product wrote the folder; hidden ones (`.lightly_outputs`) are called hidden."""
    return OUTPUT_OF_OLD_PRODUCT in name and not name.startswith(".")


def is_system_folder(name: str) -> bool:
    """Whether a file server or an operating system made the folder, beside the user's own."""
    return name.casefold() in _SYSTEM_FOLDERS
