"""Who read, changed, searched, exported, tried and was refused: written down at the one place all answers pass."""
