"""Nothing that stands in a document which must stay in the house leaves as a quotation, a paraphrase, or bit by bit."""
