"""What is known of each dataset, in a database: SQLite in the state folder, or PostgreSQL."""
