import no_such_dependency


def tool():
    pass
