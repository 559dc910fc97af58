"""How other systems connect: the ways in and out, each with examples that run as they stand.

One source: the page `/desk/connect` shows them with the addresses of its installation, docs/connect.md with those of a
sandbox, and a test runs them as the page shows them.
"""
