"""Which params matter for a result: rank correlation, and what a forest of trees learns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neural._optional import optional_import
from neural.errors import InvalidInputError, MissingExtraError
from neural.tracking.analysis.run_columns import Column, param_columns
from neural.tracking.correlation import group_effect, p_values, pearson, ranks, spearman
from neural.tracking.smoothing import as_floats

__all__ = ["FEWEST_RUNS", "ImportanceReport", "ParamImportance", "param_importance"]

#: With fewer runs any two things look related.
FEWEST_RUNS: Final = 5
#: Runs for each param, below which the evidence is called weak; a rule of thumb of regression.
_RUNS_A_PARAM = 10
#: Share of the variance of unseen runs that has to be explained.
_LEAST_R2 = 0.2
#: More levels than this, or a level for every run, and a name says nothing in general.
_MOST_LEVELS = 30
_TREES, _FOLDS, _SHUFFLES = 100, 5, 5
#: A forest over more runs takes long and learns no more; a random part of them is used.
_MOST_RUNS = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class ParamImportance:
    """How much one param matters.

    Attributes:
        name: Dotted name.
        effect: Of numbers Spearman's rank correlation, -1 to 1: positive when more of it goes
            with larger results. Of names :func:`~neural.tracking.correlation.group_effect`,
            0 to 1. NaN where it cannot be told.
        is_ranked: Whether ``effect`` has a sign.
        p_value: Of the rank correlation, two-sided; NaN for names.
        runs: Runs that have the param and a result.
        permutation: Share of the variance of unseen runs that the forest no longer explains
            when this param is shuffled, about 0 to 1 (2 for a param that decides everything);
            NaN without a forest.
        deviation: Standard deviation of ``permutation`` over the folds.
        linear: Of numbers Pearson's correlation, -1 to 1: how straight the line is. NaN for names.
    """

    name: str
    effect: float
    is_ranked: bool
    p_value: float
    runs: int
    permutation: float = float("nan")
    deviation: float = float("nan")
    linear: float = float("nan")


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportanceReport:
    """All params that vary, the most important first.

    Attributes:
        target: Name of the result.
        params: One entry a param.
        runs: Runs with a finite result.
        r2: Share of the variance of unseen runs that the forest explains, at most 1 and below 0
            when it is worse than guessing the mean; ``None`` without a forest.
        warning: Why not to trust it, in plain words; empty when nothing speaks against it.
        left_out: Params that vary but cannot be judged, such as an id in every run.
    """

    target: str
    params: tuple[ParamImportance, ...]
    runs: int
    r2: float | None
    warning: str
    left_out: tuple[str, ...] = ()


def param_importance(
    target: str,
    params: Sequence[Mapping[str, Any]],
    values: ArrayLike,
    *,
    forest: bool = True,
    seed: int = 0,
) -> ImportanceReport:
    r"""Return which params go with the result, over the runs there are.

    It tells what goes together, not what causes what: params that were always changed together
    share the effect.

    The forest (100 trees) learns the *rank* of the result, so that one diverged run does not
    decide everything. Numbers stay numbers with missing values as they are; each name becomes
    one column a level. :math:`R^2 = 1 - \sum (y - \hat y)^2 / \sum (y - \bar y)^2` is taken over
    predictions for runs that the forest has not seen (5 folds). The importance of a param is
    how much :math:`R^2` falls when its columns, together, are shuffled among the unseen runs.

    Args:
        target: Name of the result.
        params: Params of each run, nested or flat, length ``N``.
        values: Result of each run, shape ``(N,)``; runs whose result is not finite are left out.
        forest: Whether to grow one; it takes about a second. Without scikit-learn there is none.
        seed: Of the random numbers; the same seed gives the same report.

    Raises:
        InvalidInputError: There are not as many values as runs.

    Reference:
        L. Breiman, "Random forests", Machine Learning 45, 2001.
    """
    result = as_floats(values)
    if result.size != len(params):
        raise InvalidInputError(f"{len(params)} runs need as many values, got {result.size}")
    finite = np.flatnonzero(np.isfinite(result))
    result = result[finite]
    varied = [c for c in param_columns([params[int(i)] for i in finite]).values() if c.varies]
    judged = [one for one in varied if _can_be_judged(one)]
    left_out = tuple(one.name for one in varied if one not in judged)
    if result.size < FEWEST_RUNS or not judged or np.ptp(result) == 0:
        return _nothing(target, result, left_out)
    entries = [_ranked(one, result) for one in judged]
    r2: float | None = None
    if forest and (learned := _forest(judged, result, seed)) is not None:
        r2, falls = learned
        entries = [
            replace(entry, permutation=float(fall.mean()), deviation=float(fall.std()))
            for entry, fall in zip(entries, falls, strict=True)
        ]
    warning = _warning(result.size, len(judged), r2, wanted=forest)
    return ImportanceReport(
        target=target,
        params=tuple(sorted(entries, key=_strength, reverse=True)),
        runs=result.size,
        r2=r2,
        warning=warning,
        left_out=left_out,
    )


def _can_be_judged(one: Column) -> bool:
    runs = int(np.count_nonzero(one.there))
    if runs < FEWEST_RUNS:
        return False
    return one.is_number or 1 <= len(one.levels) < min(runs, _MOST_LEVELS + 1)


def _nothing(
    target: str, result: NDArray[np.float64], left_out: tuple[str, ...]
) -> ImportanceReport:
    if result.size < FEWEST_RUNS:
        why = f"{result.size} runs have a result; at least {FEWEST_RUNS} are needed."
    elif np.ptp(result) == 0:
        why = "The result is the same in all runs."
    else:
        why = "No param differs between these runs in a way that can be judged."
    return ImportanceReport(
        target=target, params=(), runs=result.size, r2=None, warning=why, left_out=left_out
    )


def _ranked(one: Column, result: NDArray[np.float64]) -> ParamImportance:
    there = one.there
    values, seen = one.values[there], result[there]
    p = linear = float("nan")
    if one.is_number:
        effect = spearman(values, seen)
        p = float(p_values([effect], [seen.size])[0])
        linear = float(pearson(np.column_stack((values, seen)))[0][0, 1])
    else:
        effect = group_effect([one.levels[int(v)] for v in values], seen)
    return ParamImportance(
        name=one.name,
        effect=effect,
        is_ranked=one.is_number,
        p_value=p,
        runs=int(seen.size),
        linear=linear,
    )


def _strength(entry: ParamImportance) -> tuple[float, float]:
    """Return what entries are ordered by; what is not known counts as nothing."""
    return (float(np.nan_to_num(entry.permutation)), abs(float(np.nan_to_num(entry.effect))))


def _forest(
    judged: Sequence[Column], result: NDArray[np.float64], seed: int
) -> tuple[float, NDArray[np.float64]] | None:
    """Return R² on unseen runs and its fall by param and fold, shape ``(P, folds)``."""
    try:
        ensemble = optional_import(
            "sklearn.ensemble", extra="analysis", purpose="reckon the importance of params"
        )
    except MissingExtraError:
        return None
    rng = np.random.default_rng(seed)
    rows = rng.permutation(result.size)[:_MOST_RUNS]
    table, owners = _table(judged, rows)
    goal = ranks(result[rows]) / rows.size
    spread = float(((goal - goal.mean()) ** 2).sum())
    missed, rises = 0.0, []
    for unseen in np.array_split(np.arange(rows.size), min(_FOLDS, rows.size)):
        model = ensemble.RandomForestRegressor(_TREES, min_samples_leaf=2, random_state=seed)
        seen = np.setdiff1d(np.arange(rows.size), unseen)
        model.fit(table[seen], goal[seen])
        error = float(((model.predict(table[unseen]) - goal[unseen]) ** 2).sum())
        missed += error
        shuffled = _shuffled(table[unseen], owners, len(judged), rng)
        guesses = model.predict(shuffled.reshape(-1, table.shape[1]))
        left = ((guesses.reshape(len(judged), -1, unseen.size) - goal[unseen]) ** 2).sum(axis=2)
        rises.append((left.mean(axis=1) - error) * rows.size / unseen.size / spread)
    return 1 - missed / spread, np.array(rises).T


def _table(
    judged: Sequence[Column], rows: NDArray[np.intp]
) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """Return the columns a forest learns from, and which param each of them belongs to."""
    parts, owners = [], []
    for number, one in enumerate(judged):
        values = one.values[rows]
        if one.is_number:
            # Infinities are larger than all else, which is all that a tree has to know.
            limits = np.clip(values, -1e30, 1e30)
            parts.append(limits[:, None])
        else:
            parts.append((values[:, None] == np.arange(len(one.levels))).astype(np.float64))
        owners += [number] * parts[-1].shape[1]
    return np.hstack(parts), np.array(owners, dtype=np.intp)


def _shuffled(
    table: NDArray[np.float64],
    owners: NDArray[np.intp],
    params: int,
    rng: np.random.Generator,
) -> NDArray[np.float64]:
    """Return the table with one param shuffled, shape ``(params, shuffles, rows, columns)``."""
    copies = np.tile(table, (params, _SHUFFLES, 1, 1))
    for number in range(params):
        mine = np.flatnonzero(owners == number)
        for copy in copies[number]:
            copy[:, mine] = table[rng.permutation(table.shape[0])][:, mine]
    return copies


def _warning(runs: int, params: int, r2: float | None, *, wanted: bool) -> str:
    """Return in plain words why the evidence is weak; empty when it is not."""
    reasons = []
    if runs < _RUNS_A_PARAM * params:
        plural = "s" if params > 1 else ""
        reasons.append(
            f"{runs:,} runs for {params:,} param{plural}, where {_RUNS_A_PARAM * params:,} or "
            "more would be needed"
        )
    if r2 is not None and r2 < _LEAST_R2:
        reasons.append(f"the forest explains {max(r2, 0.0):.0%} of runs it has not seen")
    if wanted and r2 is None:
        reasons.append("there is no forest, because scikit-learn is not installed")
    return f"Weak evidence: {'; '.join(reasons)}." if reasons else ""
