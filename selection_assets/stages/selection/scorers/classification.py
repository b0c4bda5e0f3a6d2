"""Uncertainty of class probabilities, one score per row in [0, 1]: 0 for a sure model, 1 for one that has no idea.

B. Settles, "Active learning literature survey", 2009, section 3.1. Other tasks apply these to their boxes and pixels.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from configs.errors import InputError

Floats = NDArray[np.float64]


def uncertainty_least_confidence(probabilities: NDArray[np.floating]) -> Floats:
    """(n, C) -> (n,): (1 - p₁) / (1 - 1/C), with p₁ the largest probability."""
    p = _checked(probabilities)
    return _score((1 - p.max(axis=1)) / (1 - 1 / p.shape[1])) if len(p) else np.empty(0)


def uncertainty_margin(probabilities: NDArray[np.floating]) -> Floats:
    """(n, C) -> (n,): 1 - (p₁ - p₂), with p₁ and p₂ the two largest probabilities."""
    p = _checked(probabilities)
    if not len(p):
        return np.empty(0)
    two = np.partition(p, p.shape[1] - 2, axis=1)[:, -2:]
    return _score(1 - (two[:, 1] - two[:, 0]))


def uncertainty_entropy(probabilities: NDArray[np.floating]) -> Floats:
    """(n, C) -> (n,): -Σ p log₂ p / log₂ C, with 0 · log 0 = 0."""
    p = _checked(probabilities)
    if not len(p):
        return np.empty(0)
    logs = np.log2(p, out=np.zeros_like(p), where=p > 0)
    return _score(-(p * logs).sum(axis=1) / np.log2(p.shape[1]))


UNCERTAINTIES: dict[str, Callable[[NDArray[np.floating]], Floats]] = {
    "uncertainty_least_confidence": uncertainty_least_confidence,
    "uncertainty_margin": uncertainty_margin,
    "uncertainty_entropy": uncertainty_entropy,
}


def classification_scores(probabilities: NDArray[np.floating]) -> dict[str, Floats]:
    """(n, C) -> all scores of classification by name, each (n,)."""
    return {name: uncertainty(probabilities) for name, uncertainty in UNCERTAINTIES.items()}


def _checked(probabilities: NDArray[np.floating]) -> Floats:
    """(n, C) float64, C ≥ 2; a single column p becomes (p, 1 - p). Raises InputError for any other shape."""
    if probabilities.ndim != 2 or probabilities.shape[1] == 0:
        raise InputError(f"scores: expected one probability per sample and class, got the shape {probabilities.shape}")
    p = probabilities.astype(np.float64)
    return np.hstack([p, 1 - p]) if p.shape[1] == 1 else p


def _score(values: Floats) -> Floats:
    """Clipped to [0, 1]; NaN, from probabilities that are none, is 0."""
    return np.clip(np.nan_to_num(values, nan=0.0), 0.0, 1.0)
