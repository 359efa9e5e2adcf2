"""Tests the page of JSON documents, which is made of the sources of the contract."""
import contextlib
import io

import contract
from tests.repository import RepositoryTestCase

HOST = """
/// <summary>A pool.</summary>
internal sealed record PoolInfo
{
    public required string Name { get; init; }

    /// <summary>The most; see <see cref="PoolOptions.Size"/>.</summary>
    public int? Size { get; init; }

    public required IReadOnlyList<WorkerInfo> Workers { get; init; }
}

/// <summary>A worker.</summary>
internal sealed record WorkerInfo
{
    public IReadOnlyDictionary<string, long>? Counts { get; init; }
}

/// <summary>Not part of any document.</summary>
internal sealed record Other
{
    public required string Name { get; init; }
}
"""
TOOL = """
/// <summary>A place.</summary>
/// <param name="Name">What it is called.</param>
/// <param name="Size">Its size.</param>
internal sealed record Place(string Name, long? Size);
"""
EVENTS = """
/// <summary>Reports that a worker is ready.</summary>
public sealed record WorkerReadyEvent : WorkerEvent;
"""


class ContractTests(RepositoryTestCase):
    def setUp(self):
        super().setUp()
        self.write("src/Snakepit.AspNetCore/Contract/PoolInfo.cs", HOST)
        self.write("src/Snakepit.AspNetCore/Contract/ContractJson.cs", "[JsonSerializable(typeof(PoolInfo))]")
        self.write("src/Snakepit.Cli/Output/CliJson.cs", "[JsonSerializable(typeof(Place))]")
        self.write("src/Snakepit.Cli/Output/Place.cs", TOOL)
        self.write("src/Snakepit/LifecycleEvent.cs", EVENTS)

    def test_members_have_names_types_and_meanings(self):
        page = contract.render(self.root)

        self.assertIn("| `name` | text | yes |  |", page)
        self.assertIn("| `size` | integer |  | The most; see Size. |", page)
        self.assertIn("| `workers` | list of [WorkerInfo](#workerinfo) | yes |  |", page)
        self.assertIn("| `counts` | object of integer by name |  |  |", page)

    def test_parameters_of_a_record_are_members(self):
        page = contract.render(self.root)

        self.assertIn("| `name` | text | yes | What it is called. |", page)
        self.assertIn("| `size` | integer |  | Its size. |", page)

    def test_only_parts_of_documents_are_told(self):
        self.assertNotIn("### Other", contract.render(self.root))

    def test_events_have_their_type_in_json(self):
        self.assertIn("| `workerReady` | a worker is ready. |", contract.render(self.root))

    def test_a_stale_page_is_noticed(self):
        self.write("docs/json.md", "")
        with contextlib.redirect_stdout(io.StringIO()) as told:
            self.assertEqual(1, contract.main(self.root, check=True))
        self.assertEqual("docs/json.md is stale; run eng/contract.py\n", told.getvalue())
        self.assertEqual(0, contract.main(self.root, check=False))
        self.assertEqual(0, contract.main(self.root, check=True))
