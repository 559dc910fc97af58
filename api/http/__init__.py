"""How the API speaks HTTP, whatever it is about."""
