"""How other people's formats become ours: pure mapping, apart from transport."""
