"""Refuse Python modules over the agreed number of lines: split along a noun, not at a line."""

import subprocess
import sys
from pathlib import Path

LIMIT = 400


def main() -> int:
    """Print every tracked module over the limit; exit 1 when there is one."""
    tracked = subprocess.run(["git", "ls-files", "*.py"], capture_output=True, text=True, check=True).stdout.split()
    modules = [Path(name) for name in tracked if Path(name).exists()]
    lengths = {str(module): len(module.read_text(encoding="utf-8").splitlines()) for module in modules}
    long = {name: length for name, length in lengths.items() if length > LIMIT}
    for name, length in sorted(long.items()):
        print(f"{name}: {length} lines, the limit is {LIMIT}")
    return 1 if long else 0


if __name__ == "__main__":
    sys.exit(main())
