"""Indexes over one model's vectors: kinds behind one small interface, and the search over index and tail."""
