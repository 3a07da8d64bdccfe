"""The best way to give each field at most one column, all fields weighed together (not greedily)."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import TypeVar

F = TypeVar("F", bound=Hashable)
C = TypeVar("C", bound=Hashable)


def best_assignment(weights: Mapping[tuple[F, C], float]) -> dict[F, C]:
    """Field -> column with the greatest total weight; each column once; pairs without a positive weight never.

    The Hungarian method on fields x columns (each field may also stay empty), O(fields^2 x columns).
    """
    fields = list(dict.fromkeys(f for (f, _), w in weights.items() if w > 0))
    columns = list(dict.fromkeys(c for (_, c), w in weights.items() if w > 0))
    if not fields:
        return {}
    n, m = len(fields), len(columns) + len(fields)  # one empty seat a field
    cost = [[-max(weights.get((f, c), 0.0), 0.0) for c in columns] + [0.0] * n for f in fields]
    owner = _hungarian(cost, n, m)
    return {
        fields[i]: columns[j]
        for j, i in enumerate(owner)
        if i >= 0 and j < len(columns) and weights.get((fields[i], columns[j]), 0.0) > 0
    }


def _hungarian(cost: list[list[float]], n: int, m: int) -> list[int]:
    """For each column the row that has it, or -1; rows n <= columns m; least total cost (shortest augmenting paths)."""
    infinity = float("inf")
    u, v = [0.0] * (n + 1), [0.0] * (m + 1)
    row_of, way = [0] * (m + 1), [0] * (m + 1)
    for i in range(1, n + 1):
        row_of[0] = i
        least, used = [infinity] * (m + 1), [False] * (m + 1)
        j0 = 0
        while True:
            used[j0] = True
            i0, delta, j1 = row_of[j0], infinity, 0
            for j in range(1, m + 1):
                if used[j]:
                    continue
                reduced = cost[i0 - 1][j - 1] - u[i0] - v[j]
                if reduced < least[j]:
                    least[j], way[j] = reduced, j0
                if least[j] < delta:
                    delta, j1 = least[j], j
            for j in range(m + 1):
                if used[j]:
                    u[row_of[j]] += delta
                    v[j] -= delta
                else:
                    least[j] -= delta
            j0 = j1
            if row_of[j0] == 0:
                break
        while j0:
            row_of[j0], j0 = row_of[way[j0]], way[j0]
    return [row_of[j] - 1 for j in range(1, m + 1)]
