"""Tests where rule marks are found, and the page that is made of them."""
import contextlib
import io
import json

import rules
from tests.repository import RepositoryTestCase

CSHARP = """
[Trait("Rule", "L1")]
public sealed class CallTests
{
    [Fact, Trait("Rule", "L4"), Trait("Rule", "L5")]
    public async Task Submit_when_full_is_rejected()
    {
    }

    [Theory]
    [InlineData(1)]
    [Trait("Rule", "L4")]
    public void Submit_in_order(int size)
    {
    }

    private sealed class Fake
    {
    }

    [Fact, Trait("Rule", "L6")]
    public void Recycle_starts_first()
    {
    }
}
"""
PYTHON = """
# Rule: V1
class ValueTests(unittest.TestCase):
    # Rule: V2, V3
    @unittest.skipIf(False, "never")
    def test_buffers(self):
        pass
"""


class ScanTests(RepositoryTestCase):
    def test_csharp_marks_belong_to_what_follows(self):
        self.assertEqual(
            [
                ("L1", "CallTests", None),
                ("L4", "CallTests", "Submit_when_full_is_rejected"),
                ("L5", "CallTests", "Submit_when_full_is_rejected"),
                ("L4", "CallTests", "Submit_in_order"),
                ("L6", "CallTests", "Recycle_starts_first"),
            ],
            list(rules.scan(CSHARP, is_csharp=True)),
        )

    def test_python_marks_belong_to_what_follows(self):
        self.assertEqual(
            [("V1", "ValueTests", None), ("V2", "ValueTests", "test_buffers"), ("V3", "ValueTests", "test_buffers")],
            list(rules.scan(PYTHON, is_csharp=False)),
        )


class PageTests(RepositoryTestCase):
    def setUp(self):
        super().setUp()
        self.write_rules({})
        self.write("tests/Some.Tests/CallTests.cs", CSHARP)
        self.page = self.write("docs/rules.md", "")

    def write_rules(self, changed):
        titles = {"L4": "Bounded", "L10": "Never smaller", "L1": "One", "L5": "x", "L6": "y"}
        self.write("eng/rules.json", json.dumps(titles | changed))

    def run_rules(self, check):
        output = io.StringIO()
        with contextlib.redirect_stdout(output):
            return rules.main(self.root, check), output.getvalue()

    def test_page_lists_proofs_and_what_is_missing(self):
        self.assertEqual((0, "rules without a test: L10\n"), self.run_rules(check=False))
        text = self.page.read_text()
        self.assertIn("| L4 | Bounded | [CallTests](../tests/Some.Tests/CallTests.cs) (2) |", text)
        self.assertIn("| L10 | Never smaller |\n", text[text.index("Not yet proven"):])

    def test_a_rule_about_a_feature_that_is_not_built_is_not_missing(self):
        self.write_rules({"L10": {"rule": "Never smaller", "needs": "sizes"}})
        self.assertEqual((0, ""), self.run_rules(check=False))
        text = self.page.read_text()
        self.assertNotIn("Not yet proven", text)
        self.assertIn("| L10 | Never smaller | sizes |\n", text[text.index("not built"):])

    def test_a_rule_that_has_a_test_is_not_about_a_feature_that_is_not_built(self):
        self.write_rules({"L4": {"rule": "Bounded", "needs": "queues"}})
        code, output = self.run_rules(check=False)
        self.assertEqual(1, code)
        self.assertIn("L4", output)

    def test_check_fails_on_a_stale_page_only(self):
        self.assertEqual(1, self.run_rules(check=True)[0])
        self.run_rules(check=False)
        self.assertEqual(0, self.run_rules(check=True)[0])

    def test_a_rule_nobody_wrote_is_an_error(self):
        self.write("tests/Some.Tests/Typo.cs", '[Trait("Rule", "L99")]\npublic class Typo')
        code, output = self.run_rules(check=False)
        self.assertEqual(1, code)
        self.assertIn("L99", output)
