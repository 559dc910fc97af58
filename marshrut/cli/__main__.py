"""`python -m marshrut.cli` is `marshrut`."""

from marshrut.cli import main

main()
