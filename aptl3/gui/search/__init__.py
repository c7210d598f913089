"""What is asked for: parts in a field, filters, and the way back."""
