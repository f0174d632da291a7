"""Parts of the Quotes page: fields, the quote worked out, and saved quotes with their states and links."""
