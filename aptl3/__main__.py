"""``python -m aptl3`` is the same as ``aptl3``."""

from aptl3.cli import main

if __name__ == "__main__":
    main()
