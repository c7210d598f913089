"""Frozen dataclasses that cross layers, one file a subject. They hold values and decide nothing."""
