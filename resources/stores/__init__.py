"""Where bytes lie: one protocol (`store`), and one file per kind of place that keeps it."""
