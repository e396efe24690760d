"""The one way out: does this one thing leave? Closed as installed."""
