"""Every track as a picture, drawn from the code by following it: `python -m workflows.map` writes docs/pathways."""
