"""Tests of the packages as a new user meets them: installed from a folder into projects outside the repository, without a network."""
