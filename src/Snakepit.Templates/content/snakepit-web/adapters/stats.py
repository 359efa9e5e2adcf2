"""Every public function of this file is a tool that .NET can call."""


def summarize(values: list) -> dict:
    """The number of values, their mean and the largest of them."""
    if len(values) == 0:
        raise ValueError("there are no values")
    return {"count": len(values), "mean": sum(values) / len(values), "largest": max(values)}
