"""The metrics by their literal definitions: slow and short, to check and time the fast ones.

Each function follows the definition step by step: all trials in one array, bona fide first, a
stable ascending argsort, one step of the DET curve for each trial, a loop over the thresholds.
"""

from __future__ import annotations

import math

import numpy as np


def det_curve(bonafide, spoof):
    """FRR, FAR and thresholds, one step per trial; ties step bona fide first."""
    bonafide, spoof = np.asarray(bonafide, float), np.asarray(spoof, float)
    scores = np.concatenate([bonafide, spoof])
    is_bonafide = np.concatenate([np.ones(len(bonafide)), np.zeros(len(spoof))])
    order = np.argsort(scores, kind="mergesort")
    scores, is_bonafide = scores[order], is_bonafide[order]
    missed = np.cumsum(is_bonafide)
    rejected = np.arange(1, len(scores) + 1) - missed
    frr = np.concatenate([[0.0], missed / len(bonafide)])
    far = np.concatenate([[1.0], (len(spoof) - rejected) / len(spoof)])
    return frr, far, np.concatenate([[scores[0] - 0.001], scores])


def eer(bonafide, spoof):
    """Mean of FRR and FAR where they differ least, and the threshold there."""
    frr, far, thresholds = det_curve(bonafide, spoof)
    at = np.argmin(np.abs(frr - far))
    return (frr[at] + far[at]) / 2, thresholds[at]


def min_dcf(bonafide, spoof, p_spoof=0.05, c_miss=1.0, c_fa=10.0):
    """The lowest cost over all thresholds, tried one after the other."""
    frr, far, thresholds = det_curve(bonafide, spoof)
    least, best = math.inf, thresholds[0]
    for miss, alarm, threshold in zip(frr, far, thresholds, strict=True):
        cost = c_miss * (1 - p_spoof) * miss + c_fa * p_spoof * alarm
        if cost < least:
            least, best = cost, threshold
    return least / min(c_miss * (1 - p_spoof), c_fa * p_spoof), best


def act_dcf(bonafide, spoof, p_spoof=0.05, c_miss=1.0, c_fa=10.0):
    """The cost at -ln(beta)."""
    bonafide, spoof = np.asarray(bonafide, float), np.asarray(spoof, float)
    threshold = -math.log(c_miss * (1 - p_spoof) / (c_fa * p_spoof))
    miss = np.sum(bonafide < threshold) / len(bonafide)
    alarm = np.sum(spoof >= threshold) / len(spoof)
    cost = c_miss * (1 - p_spoof) * miss + c_fa * p_spoof * alarm
    return cost / min(c_miss * (1 - p_spoof), c_fa * p_spoof)


def cllr(bonafide, spoof):
    """Mean information lost by the likelihood ratios, in bits; overflows beyond +-709."""
    bonafide, spoof = np.asarray(bonafide, float), np.asarray(spoof, float)
    misses = np.mean(np.log1p(np.exp(-bonafide)))
    alarms = np.mean(np.log1p(np.exp(spoof)))
    return 0.5 * (misses + alarms) / math.log(2)


def auc(bonafide, spoof):
    """Area under the ROC by the trapezoid rule over the distinct thresholds."""
    bonafide, spoof = np.sort(np.asarray(bonafide, float)), np.sort(np.asarray(spoof, float))
    thresholds = np.unique(np.concatenate([bonafide, spoof]))[::-1]
    hits = np.array([0, *(len(bonafide) - np.searchsorted(bonafide, thresholds))]) / len(bonafide)
    alarms = np.array([0, *(len(spoof) - np.searchsorted(spoof, thresholds))]) / len(spoof)
    return float(np.sum(np.diff(alarms) * (hits[1:] + hits[:-1]) / 2))


def five(bonafide, spoof):
    """EER, minDCF, actDCF, Cllr and AUC from one DET curve, as an evaluation needs them."""
    frr, far, thresholds = det_curve(bonafide, spoof)
    at = np.argmin(np.abs(frr - far))
    least, best = math.inf, thresholds[0]
    for miss, alarm, threshold in zip(frr, far, thresholds, strict=True):
        cost = 0.95 * miss + 0.5 * alarm
        if cost < least:
            least, best = cost, threshold
    return {
        "eer": (frr[at] + far[at]) / 2,
        "min_dcf": least / 0.5,
        "act_dcf": act_dcf(bonafide, spoof),
        "cllr": cllr(bonafide, spoof),
        "auc": float(np.sum(-np.diff(far) * (1 - frr[1:]))),
        "min_dcf_threshold": best,
    }


def legacy_tdcf(bonafide, spoof, asv_miss, asv_fa, asv_miss_spoof, costs):
    """Minimum normalised t-DCF of 2019; `costs` is (p_tar, p_non, p_spoof, miss_asv, fa_asv,
    miss_cm, fa_cm)."""
    p_tar, p_non, p_spoof, c_miss_asv, c_fa_asv, c_miss_cm, c_fa_cm = costs
    c1 = p_tar * (c_miss_cm - c_miss_asv * asv_miss) - p_non * c_fa_asv * asv_fa
    c2 = c_fa_cm * p_spoof * (1 - asv_miss_spoof)
    frr, far, _ = det_curve(bonafide, spoof)
    return np.min(c1 * frr + c2 * far) / min(c1, c2)


def revised_tdcf(bonafide, spoof, asv_miss, asv_fa, asv_fa_spoof, costs):
    """Minimum normalised t-DCF of 2021; `costs` is (p_tar, p_non, p_spoof, miss, fa, fa_spoof)."""
    p_tar, p_non, p_spoof, c_miss, c_fa, c_fa_spoof = costs
    c0 = p_tar * c_miss * asv_miss + p_non * c_fa * asv_fa
    c1 = p_tar * c_miss - c0
    c2 = p_spoof * c_fa_spoof * asv_fa_spoof
    frr, far, _ = det_curve(bonafide, spoof)
    return np.min(c0 + c1 * frr + c2 * far) / (c0 + min(c1, c2))


def a_dcf(target, nontarget, spoof, p_tar, p_non, p_spoof, c_miss, c_fa, c_fa_spoof):
    """Minimum normalised a-DCF: the threshold is each score, and one above all of them."""
    target, nontarget, spoof = (np.asarray(x, float) for x in (target, nontarget, spoof))
    least = math.inf
    for threshold in [*np.concatenate([target, nontarget, spoof]), math.inf]:
        least = min(
            least,
            c_miss * p_tar * np.mean(target < threshold)
            + c_fa * p_non * np.mean(nontarget >= threshold)
            + c_fa_spoof * p_spoof * np.mean(spoof >= threshold),
        )
    return least / min(c_miss * p_tar, c_fa * p_non + c_fa_spoof * p_spoof)


def t_eer(cm, asv, rho=0.5):
    """Concurrent t-EER; `cm` and `asv` are (target, nontarget, spoof) scores. Loops over
    the ASV thresholds; each is compared with all CM thresholds."""
    miss_cm, false_cm, _ = det_curve(np.concatenate([cm[0], cm[1]]), cm[2])
    kind = np.repeat([0, 1, 2], [len(part) for part in asv])
    kind = kind[np.argsort(np.concatenate(asv), kind="mergesort")]
    rates = [(0.0, 1.0, 1.0)]
    for step in range(1, len(kind) + 1):
        below = [np.sum(kind[:step] == k) for k in range(3)]
        rates.append(
            (below[0] / len(asv[0]), 1 - below[1] / len(asv[1]), 1 - below[2] / len(asv[2]))
        )
    closest, value = math.inf, math.nan
    for miss_asv, false_asv, spoof_asv in rates:
        if not miss_asv < (1 - rho) * false_asv + rho * spoof_asv:
            continue
        misses = miss_cm + (1 - miss_cm) * miss_asv
        alarms = (1 - rho) * (1 - miss_cm) * false_asv + rho * false_cm * spoof_asv
        at = np.argmin(np.abs(misses - alarms))
        if spoof_asv == 0 or miss_cm[at] == 1:
            continue
        distance = abs(false_asv / spoof_asv - false_cm[at] / (1 - miss_cm[at]))
        if distance < closest:
            closest, value = distance, spoof_asv * false_cm[at]
    return value


def pav_llr(bonafide, spoof):
    """Optimal log-likelihood ratio per distinct score: pool neighbours until shares ascend."""
    blocks: list[list[float]] = []
    for value in sorted({*map(float, bonafide), *map(float, spoof)}):
        b, s = sum(x == value for x in bonafide), sum(x == value for x in spoof)
        blocks.append([b, s, 1])
        while len(blocks) > 1 and _share(blocks[-2]) >= _share(blocks[-1]):
            last = blocks.pop()
            blocks[-1] = [p + q for p, q in zip(blocks[-1], last, strict=True)]
    return blocks


def min_cllr(bonafide, spoof):
    """Cllr with every trial's score replaced by its block's optimal ratio."""
    n, m = len(bonafide), len(spoof)
    misses = alarms = 0.0
    for b, s, _ in pav_llr(bonafide, spoof):
        if b and s:
            ratio = (b / n) / (s / m)
            misses += b * math.log2(1 + 1 / ratio)
            alarms += s * math.log2(1 + ratio)
    return 0.5 * (misses / n + alarms / m)


def rocch_eer(bonafide, spoof):
    """Largest, over the mixing weights, of the least weighted error: the EER on the hull."""
    bonafide, spoof = np.asarray(bonafide, float), np.asarray(spoof, float)
    thresholds = np.concatenate([np.unique(np.concatenate([bonafide, spoof])), [np.inf]])
    miss = np.array([np.mean(bonafide < t) for t in thresholds])
    alarm = np.array([np.mean(spoof >= t) for t in thresholds])
    crossings = []  # segments between any two operating points; the lowest crossing is the hull's
    for i in range(len(thresholds)):
        for j in range(len(thresholds)):
            low, high = miss[i] - alarm[i], miss[j] - alarm[j]
            if low <= 0 <= high:
                share = 0.0 if high == low else -low / (high - low)
                crossings.append(miss[i] + share * (miss[j] - miss[i]))
    return min(crossings)


def _share(block):
    return block[0] / (block[0] + block[1])
