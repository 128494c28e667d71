"""What can go wrong on the command line, and the exit codes that say so."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

OK, FAILED, USAGE, INTERRUPTED = 0, 1, 2, 130


class CommandError(Exception):
    """A sentence for the user, and the exit code: 2 for what was typed, 1 for what failed while it ran."""

    def __init__(self, sentence: str, code: int = USAGE) -> None:
        super().__init__(sentence)
        self.code = code


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """ " Did you mean a or b?", or nothing when no known name (or its first word) is close."""
    known = list(known)
    by_folded = {k.casefold().split(" ")[0]: k for k in known} | {k.casefold(): k for k in known}
    close = dict.fromkeys(by_folded[c] for c in difflib.get_close_matches(word.casefold(), by_folded, n=3, cutoff=0.6))
    return f" Did you mean {' or '.join(close)}?" if close else ""
