"""The embedded system: everything that `marshrut up` runs, each part with its start, its readiness and its end."""
