"""Parts of the Saved page: the study on the screen, and the list of those that were saved."""
