"""One module per kind of object; each has a `router`."""
