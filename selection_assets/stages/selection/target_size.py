"""How many new samples a run picks: `n_samples` as count, as fraction or off, the skip rule, pre-selected samples.

Pure arithmetic on counts; nothing here looks at vectors.
"""

from dataclasses import dataclass
from fractions import Fraction
from math import floor

from configs.errors import InputError

SKIPPED = "Skipped sampling because the number of remaining images is smaller than the number of requested samples."


@dataclass(frozen=True)
class TargetSize:
    """The decision.

    skip: keep all remaining samples, run no selection.
    new_picks: how many samples to pick besides the pre-selected; None: no limit by number.
    total: `new_picks` plus the pre-selected samples that count; None: no limit by number.
    messages: lines for the log, in order.
    warnings: lines for the log that deserve a warning, in order.
    """

    skip: bool
    new_picks: int | None
    total: int | None
    messages: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def requested_total(n_samples: int | float | None, n_input: int) -> int | None:
    """An absolute count from `n_samples`: an int is a count, a float the fraction of `n_input`, None or -1 is off.

    `n_input` is the number of samples found, before cleaning. A fraction above 0 gives at least 1, and is rounded
    down otherwise. The type decides: 1 is one sample, 1.0 is all of them.

    Raises InputError for a fraction outside [0, 1], for a count below -1, and where nothing would be selected.
    """
    if n_samples is None or n_samples == -1:
        return None
    if isinstance(n_samples, bool) or not isinstance(n_samples, int | float):
        raise InputError(f"n_samples: {n_samples!r} is not a number; give a count, or a fraction between 0.0 and 1.0")
    if isinstance(n_samples, float):
        if not 0 <= n_samples <= 1:
            raise InputError(f"n_samples: the fraction {n_samples} is outside [0, 1]; write a count without a point")
        # The decimal that the user wrote: in binary 0.29 * 100 is 28.999999999999996.
        total = max(1, floor(Fraction(repr(n_samples)) * n_input)) if n_samples > 0 else 0
    else:
        total = n_samples
    if total < 0:
        raise InputError(f"n_samples: {n_samples} is negative; give a count of at least 1, or -1 to switch it off")
    if total == 0:
        raise InputError("n_samples: 0 samples were asked for; give a count of at least 1 or a fraction above 0.0")
    return total


def target_size(
    n_samples: int | float | None,
    *,
    n_input: int,
    n_remaining: int,
    n_preselected: int = 0,
    min_distance: float | None = None,
    has_other_conditions: bool = False,
) -> TargetSize:
    """Decide how many new samples to pick.

    n_samples: see `requested_total`. It counts the pre-selected samples: 60 pre-selected and 10 more wanted is 70.
    n_input: samples found before cleaning; the base of a fraction.
    n_remaining: samples that could end up selected (after cleaning and masking), the pre-selected included.
    n_preselected: pre-selected samples that count toward the target. Members of a datapool do not: leave them out
        here and in `n_remaining`.
    min_distance: None, or any negative number, is off. Where it is on, nothing is skipped.
    has_other_conditions: something else may stop or filter the selection (another stopping condition, a strategy);
        then, too, nothing is skipped.

    Raises InputError for an empty dataset and as `requested_total` does.
    """
    if n_input <= 0:
        raise InputError("the dataset is empty: no sample was found; check the input folder")
    if n_remaining <= 0:
        raise InputError(f"none of the {n_input} samples is left to select from; all were corrupt, duplicate or masked")
    total = requested_total(n_samples, n_input)
    distance_on = min_distance is not None and min_distance >= 0
    if total is None:
        if distance_on or has_other_conditions:
            return TargetSize(skip=False, new_picks=None, total=None)
        warning = "No stopping condition is set: all samples are kept. Set n_samples or min_distance to select."
        return TargetSize(skip=True, new_picks=n_remaining - n_preselected, total=n_remaining, warnings=(warning,))
    if n_remaining <= total and not distance_on and not has_other_conditions:
        return TargetSize(skip=True, new_picks=n_remaining - n_preselected, total=n_remaining, messages=(SKIPPED,))
    if n_preselected > 0 and total <= n_preselected:
        warning = (
            f"Nothing new is selected: {n_preselected} samples are pre-selected already and n_samples={total} "
            "counts them. Raise n_samples to select more."
        )
        return TargetSize(skip=False, new_picks=0, total=n_preselected, warnings=(warning,))
    new_picks = min(total, n_remaining) - n_preselected
    return TargetSize(skip=False, new_picks=new_picks, total=new_picks + n_preselected)
