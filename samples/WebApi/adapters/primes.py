"""Work that keeps a processor busy."""


def count_primes(below: int) -> int:
    """Counts the primes below a number."""
    if below < 3:
        return 0
    is_prime = bytearray([1]) * below
    is_prime[:2] = bytes(2)
    for number in range(2, int(below ** 0.5) + 1):
        if is_prime[number]:
            is_prime[number * number::number] = bytes(len(range(number * number, below, number)))
    return sum(is_prime)
