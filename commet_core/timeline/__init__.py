"""Who is subscribed to what and when: lifecycles, phases, and the segments they are cut into."""
