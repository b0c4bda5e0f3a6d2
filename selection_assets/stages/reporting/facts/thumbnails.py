"""Where the report takes the small pictures of its examples from."""

from collections.abc import Callable, Iterable

from selection_assets.stages.reporting.facts.report_facts import Thumbnail


def thumbnail_lookup(
    checked: Iterable[str],
    stored: Callable[[str], bytes | None],
    from_input: Callable[[str], bytes | None] | None,
) -> Thumbnail:
    """File name -> JPEG, or None where there is no picture.

    Args:
        checked: names of the samples whose thumbnails the run has stored.
        stored: gives the JPEG of one of them, None where it is gone.
        from_input: makes the thumbnail of any other sample, such as one of an embeddings file, from the picture of its
            name in the input; None where the run has no input folder.
    """
    names = frozenset(checked)

    def thumbnail(filename: str) -> bytes | None:
        if filename in names:
            return stored(filename)
        return from_input(filename) if from_input else None

    return thumbnail
