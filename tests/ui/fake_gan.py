"""What the numpy engine of the tests answers about a GAN; mixed into :class:`fake_engine.FakeEngine`.

One method a request, named ``_`` and the request's type; it returns the type of the answer and its content, or a list of those
for an answer in several parts. ``self.pictures(z)``, ``self.mu``, ``self.kind`` and ``self.d`` are the engine's.
"""

from __future__ import annotations


class GanRequests:
    """The game, its scores and modes, the judge."""
