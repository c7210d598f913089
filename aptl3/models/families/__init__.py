"""Families of models: each makes a ``Source`` of any name that follows its rule."""
