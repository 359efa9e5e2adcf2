import time


def load():
    print("begun", flush=True)
    time.sleep(1000)


load()
