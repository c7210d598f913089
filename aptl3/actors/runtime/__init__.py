"""Processes that work on batches, and what keeps them alive. Generic: knows nothing of media.

Import names from the modules here (``supervisor``, ``inline``, ``spec``, ``frames`` …); the map is in
``aptl3/actors/README.md``.
"""
