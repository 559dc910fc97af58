"""Where Alembic starts: it is handed a connection that is in a transaction already (`marshrut.store.migrate`)."""

from __future__ import annotations

from alembic import context

from marshrut.store.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
with context.begin_transaction():
    context.run_migrations()
