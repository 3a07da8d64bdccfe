"""Texts from the data in places that read Markdown."""

from __future__ import annotations


def plain(text: str) -> str:
    """A text from the data for a place that reads Markdown: every mark stands for itself."""
    return "".join(f"\\{c}" if c in "\\`*_{}[]()<>#+!|~$:" else c for c in text)
