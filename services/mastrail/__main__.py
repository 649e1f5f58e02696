"""``python -m mastrail`` is the command ``mastrail``."""

from mastrail.cli import main

if __name__ == "__main__":
    main()
