"""Tidegate: a hub that lets logistics events cross borders field by field, once, and provably."""

__version__ = "0.1.0"
