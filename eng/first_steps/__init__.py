"""Tests of the packages from a new user's point of view.

They are installed from a folder into projects outside the repository, without a network.
"""
