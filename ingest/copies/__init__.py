"""Which documents of the house does a text repeat? Asked of everything that might leave, whoever asks."""
