"""How well media of one kind find those of another in a library: on held-out pairs, measured, kept, drawn."""
