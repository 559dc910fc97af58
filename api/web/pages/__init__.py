"""A file a page: its handlers, and what its template is given."""
