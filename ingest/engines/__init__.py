"""How the files of a job are spread over workers. Each engine feeds the one writer."""
