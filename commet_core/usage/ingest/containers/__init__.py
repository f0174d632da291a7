"""Files that hold files: workbooks with their sheets, archives, and files that are compressed. Bounded in what they may unpack to."""
