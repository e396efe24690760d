"""The record: append-only, Merkle-hashed, signed; an outsider can check it offline."""
