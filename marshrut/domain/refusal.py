"""A refusal: the case stands as it was, and the code says why."""

from __future__ import annotations


class Refused(Exception):  # noqa: N818 - the word of the trade; it is an answer, not a fault
    """A command that the case does not allow now.

    `code` is stable and part of the public contract; `details` hold codes only, never text of a person's.
    """

    def __init__(self, code: str, **details: str) -> None:
        super().__init__(code)
        self.code = code
        self.details = details
