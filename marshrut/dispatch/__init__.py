"""The write path: intent, Update, commit. Whoever begins a command and dies leaves it to the relay."""
