"""The command line: `marshrut up`, and all that an operator or an integrator runs beside it."""

from marshrut.cli.app import main

__all__ = ["main"]
