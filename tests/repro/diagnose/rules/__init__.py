"""Each rule, of snapshots made by hand: what it takes to be said, and what is enough to leave it unsaid."""
