"""Rights of the person as pages show them: erasures, legal holds, terms, and what is handed to a person."""
