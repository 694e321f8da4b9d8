"""What a simulation answers: tables, a summary, and the report."""
