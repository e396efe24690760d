"""The index: vectors, filter fields and ids; never text. Rebuildable from the catalogue at any time."""
