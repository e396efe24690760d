"""A whole home in one sealed file, and back."""
