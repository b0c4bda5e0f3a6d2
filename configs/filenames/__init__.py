"""What names of files and folders mean, wherever they are listed: for a run, or for a script."""
