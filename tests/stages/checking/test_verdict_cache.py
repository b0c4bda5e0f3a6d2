import json
from dataclasses import replace
from pathlib import Path

from resources.sample_cache import SampleCache
from selection_assets.stages.checking.check_pool import CheckedFile
from selection_assets.stages.checking.image_check import check_image, corrupt
from selection_assets.stages.checking.verdict_cache import known_verdicts, remember_verdicts, thumbnails_of
from tests.stages.drawn_pictures import encoded, textured

GOOD = check_image(encoded(textured(300, 200), "PNG"), "a.png", 128, 1_000_000)
BAD = corrupt("truncated: 9 bytes missing", "Truncated", 123)
KEYS = ["good", "bad", "never"]


def checked(key: str | None, check: object) -> CheckedFile:
    return CheckedFile("a.png", "0" * 64, key, check, False)  # type: ignore[arg-type]


def test_verdicts_come_back_as_they_were_without_the_thumbnail(tmp_path: Path) -> None:
    cache = SampleCache(tmp_path / "cache.sqlite")
    remember_verdicts(cache, [checked("good", GOOD), checked("bad", BAD), checked(None, GOOD)])
    known = known_verdicts(cache, KEYS)
    again = replace(known["good"], thumbnail=GOOD.thumbnail)
    # JSON has lists where a verdict has tuples.
    assert json.dumps([list(value) if isinstance(value, tuple) else value for value in slots(again)], default=str) == (
        json.dumps([list(value) if isinstance(value, tuple) else value for value in slots(GOOD)], default=str)
    )
    assert known["good"].thumbnail is None
    assert known["bad"] == BAD
    assert set(known) == {"good", "bad"}
    assert thumbnails_of(cache, KEYS) == {"good": GOOD.thumbnail}


def slots(check: object) -> list[object]:
    return [getattr(check, name) for name in type(check).__slots__]


def test_a_verdict_whose_thumbnail_is_gone_is_not_known(tmp_path: Path) -> None:
    cache = SampleCache(tmp_path / "cache.sqlite")
    remember_verdicts(cache, [checked("bare", replace(GOOD, thumbnail=None)), checked("bad", BAD)])
    assert set(known_verdicts(cache, ["bare", "bad"])) == {"bad"}
