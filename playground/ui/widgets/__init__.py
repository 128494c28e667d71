"""Pieces that views are made of: they know arrays, pixels and colours, and nothing of models or requests."""
