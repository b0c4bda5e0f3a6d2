import pytest
from pydantic import ValidationError

from configs.automation import Automation


def test_what_is_not_named_has_its_default_and_is_not_stored() -> None:
    assert Automation().model_dump() == {
        "watch": False, "quiet_seconds": 60.0, "min_files": 1, "max_wait_seconds": 3600.0, "attempts": 3, "cron": "",
        "timezone": "UTC",
    }  # fmt: skip
    assert Automation(watch=True, quiet_seconds=60).model_dump(exclude_defaults=True) == {"watch": True}


@pytest.mark.parametrize(
    "named",
    [{"watch": 1}, {"quiet_seconds": -1}, {"quiet_seconds": 86_401}, {"min_files": 0}, {"attempts": 0},
     {"cron": "a\nb"}, {"max_wait_seconds": -0.1}, {"max_wait_seconds": 2_592_001}, {"attempts": 101}, {"every": 3}],
)  # fmt: skip
def test_what_is_refused(named: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Automation(**named)
