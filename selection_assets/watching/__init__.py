"""What makes runs begin by themselves: looking at datasets, and deciding."""
