"""What SQL holds: commands, journal, read model and registry of persons. One code for SQLite and PostgreSQL."""
