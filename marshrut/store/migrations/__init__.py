"""The history of the schema. Alembic loads the revisions by path; a released one is never edited."""
