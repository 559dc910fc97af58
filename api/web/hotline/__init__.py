"""The hotline's page: calls are taken, found, answered and followed."""
