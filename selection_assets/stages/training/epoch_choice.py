"""Which epochs of a training are the best, and which of them are kept."""

from collections.abc import Sequence


def comparable_epochs(images: Sequence[int], bank_size: int, devices: int = 1) -> list[int]:
    """The epochs whose losses may be compared with each other, in order.

    images: seen in each epoch, by all devices together.

    The loss of an epoch says how hard it was to tell images from those of the batch and from a memory bank of earlier
    ones. The bank starts with random vectors, which are easily told from images: until a device has filled its bank
    once, its loss is lower than the model is good. Without a bank all epochs count.
    """
    comparable, seen = [], 0
    for epoch, count in enumerate(images):
        if seen >= bank_size:
            comparable.append(epoch)
        seen += count // devices
    return comparable


def best_epochs(losses: Sequence[float], comparable: Sequence[int], count: int) -> list[int]:
    """The `count` epochs with the smallest losses among those that are comparable, best first; -1: all of these.

    Of equal losses the earlier epoch is better. Where no epoch is comparable the last one is all there is to choose.
    """
    if not comparable:
        return [len(losses) - 1][: None if count < 0 else count]
    ranked = sorted(comparable, key=lambda epoch: (losses[epoch], epoch))
    return ranked if count < 0 else ranked[:count]
