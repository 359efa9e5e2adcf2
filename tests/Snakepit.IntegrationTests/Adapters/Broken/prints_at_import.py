import sys

for _ in range(50):
    sys.stdout.write("x" * 1024 * 1024)


def tool():
    return 1
