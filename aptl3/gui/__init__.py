"""The window. Only this package imports PyQt5, and only ``cli/gui.py`` imports this package."""
