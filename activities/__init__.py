"""What a journey has done outside: thin classes over ports that translate errors and carry an idempotency key."""
