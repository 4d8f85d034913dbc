#!/usr/bin/env python3
"""Figures of SciPy and NumPy that ScipyTests compare with; run where python3-scipy is, from the repository's root:

    /usr/bin/python3 tests/Signals.Tests/Analysis/Scipy/figures.py > tests/Signals.Tests/Analysis/Scipy/figures.json

Samples are made up in whole numbers and sines, so that C# makes the same, or come from recordings in ../shared/data.
"""

import json
import sys
from pathlib import Path

import numpy as np
from scipy import signal, special, stats

DATA = Path(__file__).resolve().parents[4].parent / "shared" / "data"
BANDS = [(0.5, 4), (4, 8), (8, 13), (13, 30), (30, 100)]


def made_up(seed, count, rate):
    i = np.arange(count, dtype=np.float64)
    noise = (np.arange(count, dtype=np.int64) * (7919 + 2 * seed) % 1009).astype(np.float64) - 504
    rhythm = (20 + 10 * seed) * np.sin(2 * np.pi * 10 * i / rate + seed)
    return noise / 4 + rhythm + 7 * np.sin(2 * np.pi * 50 * i / rate)


def later(samples, lag):
    return np.concatenate([np.zeros(lag), samples[:-lag]])


def brain_vision(channel):
    raw = np.fromfile(DATA / "brainvision" / "test.eeg", dtype="<i2").reshape(-1, 32)
    return raw[:, channel].astype(np.float64) * 0.5


def open_ephys(channel):
    raw = np.fromfile(DATA / "ephys" / "openephys" / "openephys_ch1-4_int16le.dat", dtype="<i2").reshape(-1, 4)
    return raw[:, channel].astype(np.float64) * 0.05


def densities(samples, rate, n):
    _, density = signal.welch(samples, rate, "hann", nperseg=n, noverlap=n // 2)
    # scipy's own frequencies are the same but for the last bit, which would move a band's edge.
    return np.arange(n // 2 + 1) * (rate / n), density


def band_power(frequencies, density, rate, low, high):
    inside = (frequencies >= low) & (frequencies < high)
    return float(density[inside].sum() * frequencies[1]) if inside.any() and low < rate / 2 else None


def line_ratio(frequencies, density, line):
    if line >= frequencies[-1]:
        return None
    wide = (frequencies >= 1) & (frequencies <= 100)
    return float(density[wide & (np.abs(frequencies - line) <= 1)].sum() / density[wide].sum())


def peak(frequencies, density):
    inside = (frequencies >= 1) & (frequencies <= 45)
    return float(frequencies[inside][np.argmax(density[inside])])


def spectral(samples, rate, n):
    frequencies, density = densities(samples, rate, n)
    powers = [band_power(frequencies, density, rate, *band) for band in BANDS]
    return powers, line_ratio(frequencies, density, 50), peak(frequencies, density)


def measures(samples, rate, n):
    powers, ratio, top = spectral(samples, rate, n)
    return {
        "mean": np.mean(samples),
        "variance": np.var(samples, ddof=1),
        "root_mean_square": np.sqrt(np.mean(samples**2)),
        "excess_kurtosis": stats.kurtosis(samples),
        "line_noise_ratio": ratio,
        "band_powers": powers,
        "peak_frequency_hz": top,
    }


def features(samples, rate, n):
    rows = []
    for start in range(0, len(samples) - n + 1, n):
        window = samples[start : start + n]
        powers, ratio, _ = spectral(window, rate, n)
        rows.append([np.mean(window), np.sqrt(np.mean(window**2)), stats.kurtosis(window), ratio, *powers])
    return [column for column in zip(*rows)]


def hedges(old, new, confidence=0.95):
    n, m = len(old), len(new)
    freedom = n + m - 2
    pooled = np.sqrt(((n - 1) * np.var(old, ddof=1) + (m - 1) * np.var(new, ddof=1)) / freedom)
    correction = np.exp(special.gammaln(freedom / 2) - special.gammaln((freedom - 1) / 2)) / np.sqrt(freedom / 2)
    g = correction * (np.mean(new) - np.mean(old)) / pooled
    reach = stats.norm.ppf(0.5 + confidence / 2) * np.sqrt((n + m) / (n * m) + g**2 / (2 * (n + m)))
    return g, g - reach, g + reach


def test(old, new):
    if any(value is None for value in (*old, *new)):
        return None
    t = stats.ttest_ind(new, old, equal_var=False)
    u = stats.mannwhitneyu(new, old)
    v, w = np.var(old, ddof=1) / len(old), np.var(new, ddof=1) / len(new)
    freedom = (v + w) ** 2 / (v**2 / (len(old) - 1) + w**2 / (len(new) - 1))
    g, low, high = hedges(np.array(old), np.array(new))
    return {
        "t": t.statistic, "degrees_of_freedom": freedom, "t_p": t.pvalue,
        "u": u.statistic, "u_p": u.pvalue,
        "hedges_g": g, "hedges_g_low": low, "hedges_g_high": high,
    }


def adjust(p):
    p = np.asarray(p)
    order = np.argsort(p)[::-1]
    scaled = p[order] * len(p) / np.arange(len(p), 0, -1)
    adjusted = np.empty_like(p)
    adjusted[order] = np.minimum(1, np.minimum.accumulate(scaled))
    return adjusted.tolist()


def common(old, new, rate, n):
    count = min(len(old), len(new))
    old, new = old[:count], new[:count]
    _, coherence = signal.coherence(old, new, rate, "hann", nperseg=n, noverlap=n // 2)
    frequencies = np.arange(n // 2 + 1) * (rate / n)
    coherences = []
    for low, high in BANDS:
        inside = (frequencies >= low) & (frequencies < high)
        coherences.append(float(coherence[inside].mean()) if inside.any() else None)
    reach = min(n // 2, 4096)
    products, energies = np.zeros(2 * reach + 1), [0.0, 0.0]
    for start in range(0, count - n + 1, n):
        x = old[start : start + n] - np.mean(old[start : start + n])
        y = new[start : start + n] - np.mean(new[start : start + n])
        products += signal.correlate(y, x, "full")[n - 1 - reach : n + reach]
        energies[0] += np.sum(x * x)
        energies[1] += np.sum(y * y)
    products /= np.sqrt(energies[0] * energies[1])
    best = int(np.argmax(np.abs(products)))
    return {"coherences": coherences, "peak_correlation": products[best], "peak_lag": best - reach}


def comparison(name, old, new, rate, n, shares_clock=True):
    tests = [test(a, b) for a, b in zip(features(old, rate, n), features(new, rate, n))]
    p = [one["t_p"] for one in tests if one is not None]
    return {
        "name": name, "rate": rate, "window": n,
        "from": measures(old, rate, n), "to": measures(new, rate, n),
        "tests": tests, "adjusted": adjust(p),
        "common": common(old, new, rate, n) if shares_clock else None,
    }


def small_samples():
    """Two-sample tests on their own: exact and approximate U, ties, tiny and huge samples, p near 0 and 1."""
    many = (np.arange(300) * 7919 % 1009) / 7.0
    sets = {
        "exact": ([1.5, 2.25, 0.5, 7.0], [3.0, 4.5, 9.0, 11.0, 12.5]),
        "exact_apart": ([1.0, 2.0, 3.0], [10.0, 11.0, 12.0, 13.0]),
        "exact_few_of_many": ([30.125, 41.25, 52.0625], [float(i * 37 % 101) + i / 1024 for i in range(60)]),
        "ties": ([1.0, 2.0, 2.0, 3.0, 3.0], [2.0, 3.0, 3.0, 4.0, 5.0, 5.0]),
        "approximate": ([float(i * 13 % 29) for i in range(29)], [float(i * 17 % 31) + 0.5 for i in range(31)]),
        "large": (many.tolist(), (many * 1.01 + 0.5).tolist()),
        "far_apart": ([float(i) for i in range(40)], [float(i) + 500 for i in range(40)]),
        "two_and_two": ([1.0, 2.0], [1.5, 4.0]),
    }
    return [{"name": name, "from": a, "to": b, "expected": test(a, b)} for name, (a, b) in sets.items()]


def tails():
    cases = [(t, v) for t in (0.0, 1e-6, 0.3, 1.0, 2.5, 8.0, 40.0) for v in (1.0, 1.7, 5.0, 30.5, 399.25, 1e4, 2e6)]
    return [{"t": t, "freedom": v, "p": 2 * special.stdtr(v, -t)} for t, v in cases]


def main():
    rate = 256.0
    one, two = made_up(1, 20_000, rate), made_up(2, 18_000, rate)
    comparisons = [
        comparison("made_up", one, two, rate, 512, shares_clock=False),
        comparison("delayed", one, later(one, 37) * -0.5 + made_up(3, 20_000, rate) / 8, rate, 512),
        comparison("odd_length", made_up(4, 9_000, 100.0), made_up(5, 9_000, 100.0), 100.0, 250),
    ]
    real = [
        comparison("brainvision", brain_vision(0), brain_vision(9), 1000.0, 500),
        comparison("openephys", open_ephys(0), open_ephys(3), 40_000.0, 8_000),
    ]
    document = {
        "versions": {"scipy": __import__("scipy").__version__, "numpy": np.__version__},
        "tails": tails(), "samples": small_samples(), "comparisons": comparisons, "recordings": real,
    }
    json.dump(document, sys.stdout, indent=1, default=float, allow_nan=False)
    print()


main()
