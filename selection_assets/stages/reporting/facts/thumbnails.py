"""Where the report takes the small pictures of its examples from."""

from collections.abc import Callable, Mapping, Sequence

from selection_assets.stages.reporting.facts.report_facts import Thumbnail


def thumbnail_lookup(
    checked: Mapping[str, str],
    stored: Callable[[Sequence[str]], Mapping[str, bytes]],
    from_input: Callable[[str], bytes | None] | None,
) -> Thumbnail:
    """File name -> JPEG, or None where there is no picture.

    Args:
        checked: names of the samples whose thumbnails the run has stored -> their content keys.
        stored: content keys -> JPEGs of those that are still there.
        from_input: makes the thumbnail of any other sample, such as one of an embeddings file, from the picture of its
            name in the input; None where the run has no input folder.
    """

    def thumbnail(filename: str) -> bytes | None:
        if filename in checked:
            key = checked[filename]
            return stored([key]).get(key)
        return from_input(filename) if from_input else None

    return thumbnail
