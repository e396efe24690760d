"""How does a file become labelled, searchable chunks?"""
