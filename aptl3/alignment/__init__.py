"""Maps between vector spaces, fitted to pairs: arrays in, arrays out."""
