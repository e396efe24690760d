"""Who is asking: people, their passwords, one-time links and sessions."""
