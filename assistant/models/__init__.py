"""Which writing models there are, what is known of each, and which one answers."""
