"""How each kind of closed API is spoken to: the only outside client in the product."""
