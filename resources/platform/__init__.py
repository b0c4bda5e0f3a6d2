"""What the old platform's scripts know: users, datasets, runs, samples, tags, by ids of 24 digits, in the catalog."""
