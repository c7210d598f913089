"""Files that gave no picture, and what can be done about them."""
