"""The demo park: a fixed, invented park in 朝阳县, generated the same on every machine.

Everything here is a pure function of string seeds: no clock, no ``hash()``, no database. Only ``seed`` writes.
Companies, people and telephone numbers are examples; the base map is schematic and no survey.
"""
