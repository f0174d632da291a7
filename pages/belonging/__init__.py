"""Parts of the Workspace page: rules of quotes, people, the usage that is kept, and the list of who did what."""
