"""The pages: Chat, Library, Record. They show what the house says and decide nothing."""
