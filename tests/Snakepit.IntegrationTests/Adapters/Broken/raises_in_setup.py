def setup():
    raise RuntimeError("in setup")


def tool():
    pass
