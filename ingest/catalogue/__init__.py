"""The truth: documents, chunks, vectors, labels, rights, the change feed, jobs and the files set aside."""
