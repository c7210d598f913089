"""Pictures made of numbers, to try a model on where no photographs may be expected.

``structured`` ones have what matters of a photograph's statistics: amplitudes that fall with the frequency, colours
that go together, edges. ``fixed`` is the same for ever, for comparing a model with what it gave last time.
"""

from __future__ import annotations

import numpy as np


def structured(count: int, size: int, seed: int) -> np.ndarray:
    """uint8 (count, size, size, 3): noise of spectrum 1/f^a, with discs and bars laid over it."""
    chance = np.random.default_rng(seed)
    return np.stack([_structured(size, chance) for _ in range(count)])


def fixed(size: int) -> np.ndarray:
    """uint8 (1, size, size, 3), by whole-number arithmetic alone: bit for bit the same with any version of numpy."""
    y, x = np.mgrid[:size, :size] * 224 // size
    planes = (x * y // 197, (x - 112) ** 2 // 49 + (y - 80) ** 2 // 64, 255 - x // 2 - (x // 32 + y // 28) % 2 * 90)
    return np.ascontiguousarray(np.stack(planes, axis=-1).clip(0, 255).astype(np.uint8)[None])


def _structured(size: int, chance: np.random.Generator) -> np.ndarray:
    picture = _noise(size, chance)
    y, x = np.mgrid[:size, :size] / size
    for _ in range(chance.integers(0, 8)):
        (cx, cy), radius, angle = chance.uniform(0, 1, 2), chance.uniform(0.03, 0.35), chance.uniform(0, np.pi)
        along, across = (
            (x - cx) * np.cos(angle) + (y - cy) * np.sin(angle),
            (y - cy) * np.cos(angle) - (x - cx) * np.sin(angle),
        )
        if chance.random() < 0.5:
            inside = along**2 + across**2 < radius**2
        else:
            inside = (abs(along) < radius) & (abs(across) < radius * chance.uniform(0.1, 1))
        picture[inside] = picture[inside] * chance.uniform(0, 0.6) + chance.uniform(0, 255, 3) * chance.uniform(0.3, 1)
    return picture.clip(0, 255).astype(np.uint8)


def _noise(size: int, chance: np.random.Generator) -> np.ndarray:
    """float64 (size, size, 3): one shared plane of noise, and a weaker one for each colour."""
    frequency = np.hypot(np.fft.fftfreq(size)[:, None], np.fft.rfftfreq(size)[None]) * size
    amplitude = np.maximum(frequency, 1) ** -chance.uniform(0.8, 1.6)
    phases = chance.normal(size=(4, *frequency.shape)) + 1j * chance.normal(size=(4, *frequency.shape))
    planes = np.fft.irfft2(phases * amplitude, s=(size, size))
    planes /= planes.std(axis=(1, 2), keepdims=True)
    colours = planes[0][..., None] + np.moveaxis(planes[1:], 0, -1) * chance.uniform(0.1, 0.6)
    noise: np.ndarray = colours * chance.uniform(25, 65) + chance.uniform(60, 180) + chance.uniform(-30, 30, 3)
    return noise
