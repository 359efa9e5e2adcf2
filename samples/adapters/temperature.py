# snippet: plain
"""A plain file is an adapter: its public functions are tools, and nothing of Snakepit need be imported."""


def celsius(fahrenheit: float) -> float:
    """Degrees Celsius for degrees Fahrenheit."""
    return _rounded((fahrenheit - 32) / 1.8)


def _rounded(degrees: float) -> float:  # no tool: its name begins with an underscore
    return round(degrees, 1)
# end snippet
