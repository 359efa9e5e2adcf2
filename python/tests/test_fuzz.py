"""The readers against almost valid input; ``bench fuzz`` continues where this ends."""

import os
import random
import sys
import unittest

from tests import fuzzing

SEED = 20260101 + sys.version_info[1]  # every interpreter has other inputs
INPUTS = int(os.environ.get("SNAKEPIT_TEST_INPUTS", "10000"))


# Rule: P4, V3
class FuzzTests(unittest.TestCase):
    def check(self, name):
        with fuzzing.bounded_memory():
            _, findings = fuzzing.run(name, fuzzing.targets()[name], SEED, INPUTS)
        self.assertEqual(findings, [])

    def test_frames_are_taken_or_refused(self):
        self.check("frames")

    def test_calls_are_answered_or_refused(self):
        self.check("calls")

    def test_init_is_taken_or_refused(self):
        self.check("init")

    def test_json_values_are_taken_or_refused(self):
        self.check("json")

    def test_marshal_values_are_taken_or_refused(self):
        self.check("marshal")

    def test_every_target_has_its_test(self):
        self.assertEqual(set(fuzzing.targets()), {"frames", "calls", "init", "json", "marshal"})

    def test_mutate_gives_the_same_for_the_same_seed(self):
        corpus = fuzzing.Frames.corpus
        self.assertEqual(fuzzing.mutate(corpus, random.Random("x")), fuzzing.mutate(corpus, random.Random("x")))

    def test_run_tells_what_a_faulty_reader_does(self):
        class Faulty:
            corpus = [b"abc"]

            def take(self, data):
                raise IndexError("out of range")

        _, findings = fuzzing.run("faulty", Faulty(), SEED, 50)
        self.assertEqual(len(findings), fuzzing.MOST_FINDINGS)
        self.assertIn("IndexError: out of range", findings[0])
