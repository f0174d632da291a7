"""What a file is, told from its beginning: its format, its columns and what each holds, its shape, and the mapping that says so."""
