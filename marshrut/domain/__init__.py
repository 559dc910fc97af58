"""Rules without input or output: types, events, `evolve`, the step's table of moves. "Now" is always an argument."""
