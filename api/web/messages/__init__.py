"""What the inbox of integrators says: its numbers and picture, its rows, one message, many tried again."""
