"""Statistics: declared once, computed in one query, every number with the question that selects exactly its rows."""

from __future__ import annotations

from data.statistics.compute import compute
from data.statistics.declaration import Count, Measure, Ratio, Statistic, Sum
from data.statistics.dimensions import Band, Bands, Dimension, Group, Period, Reference, Tree, Words
from data.statistics.parameters import ANY, FILLED, NONE, ONLY, any_of, merged, question
from data.statistics.result import Cell, Result

__all__ = [
    "ANY",
    "FILLED",
    "NONE",
    "ONLY",
    "Band",
    "Bands",
    "Cell",
    "Count",
    "Dimension",
    "Group",
    "Measure",
    "Period",
    "Ratio",
    "Reference",
    "Result",
    "Statistic",
    "Sum",
    "Tree",
    "Words",
    "any_of",
    "compute",
    "merged",
    "question",
]
