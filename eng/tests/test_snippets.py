"""Tests that the check fails unless documentation shows code that compiles."""
import contextlib
import io

import snippets
from tests.repository import SOLUTION, RepositoryTestCase

SOURCE = """class Program
{
    // snippet: add
    int Add(int a, int b)
    {
        return a + b;
    }

    // end snippet
}
"""
PAGE = """# Page

<!-- snippet: samples/Quickstart/Program.cs#add -->
```csharp
{body}
```

```console
$ untouched
```
"""
ADD = "int Add(int a, int b)\n{\n    return a + b;\n}"


class SnippetTests(RepositoryTestCase):
    def setUp(self):
        super().setUp()
        self.write("Snakepit.slnx", SOLUTION)
        self.write("samples/Quickstart/Program.cs", SOURCE)

    def run_snippets(self, check=True):
        output = io.StringIO()
        with contextlib.redirect_stdout(output):
            return snippets.main(self.root, check), output.getvalue()

    def assert_problem(self, part):
        code, output = self.run_snippets()
        self.assertEqual(1, code)
        self.assertIn(part, output)

    def test_equal_snippet_passes(self):
        self.write("README.md", PAGE.format(body=ADD))
        self.assertEqual((0, ""), self.run_snippets())

    def test_different_snippet_fails_and_is_rewritten(self):
        page = self.write("docs/page.md", PAGE.format(body="int Add() => 3;"))
        self.assert_problem("docs/page.md: a snippet differs")
        self.assertEqual(0, self.run_snippets(check=False)[0])
        self.assertEqual(PAGE.format(body=ADD), page.read_text())

    def test_fence_without_comment_fails(self):
        self.write("README.md", "text\n\n```csharp\nvar x = 1;\n```\n")
        self.assert_problem("line 3: a code fence without a snippet comment")

    def test_unknown_region_fails(self):
        self.write("README.md", PAGE.format(body=ADD).replace("#add", "#subtract"))
        self.assert_problem("subtract is there 0 times")

    def test_source_outside_the_solution_fails(self):
        self.write("notes/Program.cs", SOURCE)
        self.write("README.md", PAGE.format(body=ADD).replace("samples/Quickstart", "notes"))
        self.assert_problem("in no project of the solution")

    def test_python_regions_work_alike(self):
        self.write("samples/adapter.py", "# snippet: tool\ndef add(a, b):\n    return a + b\n# end snippet\n")
        page = "<!-- snippet: samples/adapter.py#tool -->\n```python\ndef add(a, b):\n    return a + b\n```\n"
        self.write("README.md", page)
        self.assertEqual((0, ""), self.run_snippets())

    def test_pages_in_subfolders_are_exempt(self):
        self.write("docs/decisions/0001.md", "```csharp\nvar x = 1;\n```\n")
        self.assertEqual(0, self.run_snippets()[0])

    def test_file_of_a_page_that_is_followed_stays_as_it_is(self):
        page = "<!-- file: Program.cs -->\n```csharp\nvar x = 1;\n```\n"
        self.write("docs/getting-started.md", page)
        self.assertEqual((0, ""), self.run_snippets())
        self.write("docs/page.md", page)
        self.assert_problem("docs/page.md: line 2: a code fence without a snippet comment")

    def test_readmes_of_packages_are_pages(self):
        self.write("src/Some/README.md", PAGE.format(body="int Add() => 3;"))
        self.assert_problem("src/Some/README.md: a snippet differs")
