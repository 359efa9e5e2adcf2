class Present:
    def tool(self):
        pass
