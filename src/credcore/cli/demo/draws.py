"""Draws from the figures of a log: a quantile function, a choice by counts, and nothing smoothed."""

import math
import random
from collections.abc import Mapping, Sequence
from typing import TypeVar

__all__ = ["by_counts", "from_quantiles"]

T = TypeVar("T")


def from_quantiles(figures: Sequence[float], rng: random.Random) -> float:
    """Return a value drawn by evenly spaced quantiles, linear between neighbours.

    Example:
        >>> 10 <= from_quantiles([10, 20, 40], random.Random(1)) <= 40
        True
    """
    place = rng.random() * (len(figures) - 1)
    below = math.floor(place)
    return figures[below] + (place - below) * (figures[below + 1] - figures[below])


def by_counts(counts: Mapping[T, float], rng: random.Random) -> T:
    """Return a key drawn as often as it was counted; every one alike if nothing was counted.

    Example:
        >>> by_counts({"never": 0, "always": 3}, random.Random(1))
        'always'
    """
    keys = list(counts)
    weights = list(counts.values())
    return rng.choices(keys, weights if any(weights) else None)[0]
