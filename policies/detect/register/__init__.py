"""The organisation's own people, numbers and code names, taken in from files and found by keyed hashes."""
