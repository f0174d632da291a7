"""What tests of several rooms share: a database server, pages driven from outside, random scenarios."""
