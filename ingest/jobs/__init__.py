"""A job: files in, an outcome for each, whatever happens in between."""
