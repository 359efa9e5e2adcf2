WORDS = ["from", "a", "package"]
