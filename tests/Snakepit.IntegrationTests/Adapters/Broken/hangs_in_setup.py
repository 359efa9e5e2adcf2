import signal


def setup():
    while True:
        signal.pause()


def tool():
    pass
