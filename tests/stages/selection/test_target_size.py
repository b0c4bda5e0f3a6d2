import pytest

from configs.errors import InputError
from selection_assets.stages.selection.target_size import SKIPPED, requested_total, target_size


@pytest.mark.parametrize(
    ("n_samples", "n_input", "total"),
    [
        (1, 372, 1),
        (1.0, 372, 372),
        (0.3, 372, 111),
        (0.29, 100, 29),
        (0.001, 100, 1),
        (1e-9, 5, 1),
        (500, 372, 500),
        (-1, 372, None),
        (-1.0, 372, None),
        (None, 372, None),
    ],
)
def test_requested_total(n_samples: int | float | None, n_input: int, total: int | None) -> None:
    assert requested_total(n_samples, n_input) == total


@pytest.mark.parametrize("n_samples", [0, 0.0, -2, 1.5, -0.2, True, "3"])
def test_n_samples_that_mean_nothing(n_samples: int | float) -> None:
    with pytest.raises(InputError, match=r"^n_samples: "):
        requested_total(n_samples, 100)


@pytest.mark.parametrize("n_remaining", [372, 371, 1])
def test_skips_when_no_more_remain_than_are_asked_for(n_remaining: int) -> None:
    decision = target_size(1.0, n_input=372, n_remaining=n_remaining)
    assert decision.skip
    assert decision.messages == (SKIPPED,)
    assert decision.new_picks == n_remaining


def test_min_distance_and_other_conditions_prevent_the_skip() -> None:
    decision = target_size(1.0, n_input=372, n_remaining=372, min_distance=0.1)
    assert (decision.skip, decision.new_picks) == (False, 372)
    assert not target_size(1.0, n_input=372, n_remaining=372, has_other_conditions=True).skip
    assert not target_size(1.0, n_input=372, n_remaining=372, min_distance=0.0).skip
    assert target_size(1.0, n_input=372, n_remaining=372, min_distance=-1.0).skip


def test_fraction_is_of_the_input_not_of_what_remains() -> None:
    decision = target_size(0.5, n_input=100, n_remaining=60)
    assert (decision.skip, decision.new_picks, decision.total) == (False, 50, 50)


def test_preselected_count_toward_the_target() -> None:
    decision = target_size(70, n_input=1000, n_remaining=1000, n_preselected=60)
    assert (decision.new_picks, decision.total) == (10, 70)


@pytest.mark.parametrize("target", [60, 12])
def test_target_not_above_preselected_picks_nothing_and_warns(target: int) -> None:
    decision = target_size(target, n_input=1000, n_remaining=1000, n_preselected=60)
    assert (decision.skip, decision.new_picks, decision.total) == (False, 0, 60)
    assert "60 samples are pre-selected" in decision.warnings[0]


def test_no_condition_keeps_everything_and_warns() -> None:
    decision = target_size(-1, n_input=10, n_remaining=8, n_preselected=2)
    assert (decision.skip, decision.new_picks, decision.total) == (True, 6, 8)
    assert "No stopping condition" in decision.warnings[0]


def test_distance_alone_has_no_limit_by_number() -> None:
    decision = target_size(None, n_input=10, n_remaining=8, min_distance=0.2)
    assert (decision.skip, decision.new_picks, decision.total) == (False, None, None)


@pytest.mark.parametrize(("n_input", "n_remaining"), [(0, 0), (5, 0)])
def test_nothing_to_select_from(n_input: int, n_remaining: int) -> None:
    with pytest.raises(InputError):
        target_size(3, n_input=n_input, n_remaining=n_remaining)
