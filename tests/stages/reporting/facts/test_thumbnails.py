from selection_assets.stages.reporting.facts.report_facts import no_thumbnail
from selection_assets.stages.reporting.facts.thumbnails import thumbnail_lookup


def test_stored_thumbnails_come_first_and_others_are_made_from_the_input() -> None:
    thumbnail = thumbnail_lookup(["a.jpg", "gone.jpg"], {"a.jpg": b"A"}.get, {"a.jpg": b"x", "b.jpg": b"B"}.get)
    assert thumbnail("a.jpg") == b"A"
    assert thumbnail("b.jpg") == b"B"  # of an embeddings file: nobody has checked it
    assert thumbnail("c.jpg") is None
    assert thumbnail("gone.jpg") is None


def test_without_an_input_only_stored_thumbnails_exist() -> None:
    thumbnail = thumbnail_lookup(iter(["a.jpg"]), {"a.jpg": b"A", "b.jpg": b"B"}.get, None)
    assert [thumbnail(name) for name in ("a.jpg", "a.jpg", "b.jpg")] == [b"A", b"A", None]
    assert no_thumbnail("a.jpg") is None
