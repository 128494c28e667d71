"""The one error of this package; torch-free, so that a form can catch it before torch is loaded."""

from __future__ import annotations


class DataError(ValueError):
    """Data that cannot be used, in a sentence for the user."""
