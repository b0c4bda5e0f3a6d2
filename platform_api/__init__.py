"""The REST API of the old platform: scripts with the public `lightly` client keep working."""
