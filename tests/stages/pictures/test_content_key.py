from selection_assets.stages.checking.check_pool import verdict_key
from selection_assets.stages.pictures.content_key import content_hash_of


def test_the_hash_is_what_the_key_was_made_of() -> None:
    content_hash = "ab" * 32
    assert content_hash_of(verdict_key(content_hash, "a/b.png", 128, 10**6)) == content_hash
    assert content_hash_of(content_hash) == content_hash
