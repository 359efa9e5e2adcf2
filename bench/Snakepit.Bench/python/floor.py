"""The far end of the floor: echoes what it reads, with nothing between the system calls."""
import os
import sys


def main() -> None:
    source, target = os.open(sys.argv[1], os.O_RDONLY), os.open(sys.argv[2], os.O_WRONLY)
    print("open", flush=True)
    while data := os.read(source, 65536):
        os.write(target, data)


main()
