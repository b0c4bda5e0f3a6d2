"""Colour schemes for generated pictures: a few related colours per picture, as real scenes have, not any at random."""

import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.floating]  # (S, S, 3), nominally in [0, 1]
Field = NDArray[np.floating]  # (S, S)


def hsv_to_rgb(hue: NDArray[np.float64], saturation: NDArray[np.float64], value: NDArray[np.float64]) -> Picture:
    """(…,) each in [0, 1], hue cyclic -> (…, 3). The usual hexcone: channel n is v - v s max(0, min(k, 4 - k, 1))."""
    k = (np.array([5.0, 3.0, 1.0]) + 6.0 * np.asarray(hue)[..., None]) % 6.0
    fall = np.clip(np.minimum(k, 4.0 - k), 0.0, 1.0)
    value = np.asarray(value)[..., None]
    rgb: NDArray[np.float64] = value - value * np.asarray(saturation)[..., None] * fall
    return rgb.astype(np.float32)


def palette(rng: np.random.Generator, count: int) -> Picture:
    """(count, 3) colours around one to three hues; most are dull, a few pure, brightness spread over the range."""
    anchors = rng.random(int(rng.integers(1, 4)))
    hue = anchors[rng.integers(0, len(anchors), count)] + rng.normal(0.0, 0.05, count)
    saturation = rng.beta(1.2, 2.5, count) * rng.uniform(0.2, 1.5)
    value = rng.beta(1.3, 1.3, count)
    return hsv_to_rgb(hue, np.clip(saturation, 0.0, 1.0), value)


def colour_map(field: Field, colours: Picture) -> Picture:
    """(S, S) in [0, 1] -> (S, S, 3): the colours joined by straight lines, spread evenly over the range."""
    stops = np.linspace(0.0, 1.0, len(colours))
    channels = [np.interp(field, stops, colours[:, channel]) for channel in range(3)]
    return np.stack(channels, axis=-1).astype(np.float32)


def unit_range(field: NDArray[np.floating]) -> Field:
    """Shifted and scaled to [0, 1]; a constant field becomes zeros."""
    low, high = float(field.min()), float(field.max())
    return ((field - low) / max(high - low, 1e-9)).astype(np.float32)
