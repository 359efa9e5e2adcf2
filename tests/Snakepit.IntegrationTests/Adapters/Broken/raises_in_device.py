def device():
    raise RuntimeError("no driver")


def tool():
    pass
