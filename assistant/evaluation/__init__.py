"""How good is it? Published sets in, numbers out."""
