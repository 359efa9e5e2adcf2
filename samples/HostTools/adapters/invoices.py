"""Tools that ask the application while they run."""

from snakepit import HostToolError, ctx


# snippet: invoice
def invoice(customer: str, currency: str = "EUR") -> dict:
    """Adds up the orders of a customer, which the application reads from its database one by one."""
    total, count = 0.0, 0
    with ctx.host.orders(customer=customer) as orders:  # a stream
        for order in orders:
            total += order["Amount"]
            count += 1
    try:
        total *= ctx.host.rate(currency)
    except HostToolError as error:  # what the .NET method has thrown
        return {"problem": error.message}
    letter = ctx.host.letter(customer=customer, total=f"{total:.2f} {currency}")  # calls the tool below
    return {"orders": count, "letter": letter}
# end snippet


def write_letter(customer: str, total: str) -> str:
    return f"Dear {customer}, please pay {total}."
