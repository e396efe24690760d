"""Places that documents come from."""
