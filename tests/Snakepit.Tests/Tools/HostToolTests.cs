using System.ComponentModel;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Snakepit.Tests.Tools;

/// <summary>Tests what Python is told of a host tool.</summary>
public sealed class HostToolTests
{
    private enum Colour
    {
        Red,
        Green,
    }

    [Fact]
    public void The_schema_of_a_method_is_that_of_its_parameters() => AssertSchema(
        """
        {
          "type": "object",
          "properties": {
            "key": {"type": "string"},
            "count": {"type": "integer", "default": 3},
            "colour": {"enum": ["Red", "Green"], "description": "Of the car.", "default": "Red"},
            "note": {"type": ["string", "null"], "default": null},
            "after": {"type": ["string", "null"], "format": "duration", "default": null}
          },
          "required": ["key"],
          "additionalProperties": false
        }
        """,
        Search);

    [Fact]
    public void The_schema_of_an_object_has_its_properties_and_refers_to_itself() => AssertSchema(
        """
        {
          "type": "object",
          "properties": {
            "first": {
              "type": "object",
              "properties": {
                "Name": {"type": "string", "description": "As on the map."},
                "Photo": {"type": ["string", "null"], "contentEncoding": "base64"},
                "Next": {
                  "type": ["object", "null"],
                  "properties": {
                    "Name": {"type": "string", "description": "As on the map."},
                    "Photo": {"type": ["string", "null"], "contentEncoding": "base64"},
                    "Next": {"$ref": "#/properties/first/properties/Next"}
                  },
                  "required": ["Name", "Photo", "Next"]
                }
              },
              "required": ["Name", "Photo", "Next"]
            }
          },
          "required": ["first"],
          "additionalProperties": false
        }
        """,
        static (Place first) => first.Name);

    [Fact]
    public void What_is_no_JSON_accepts_anything() => AssertSchema(
        """
        {
          "type": "object",
          "properties": {"grid": {}, "pair": {}, "any": true, "at": {}, "numbers": {"description": "Fits."}},
          "required": ["grid", "pair", "any", "at", "numbers"],
          "additionalProperties": false
        }
        """,
        static (int[,] grid, (int, int) pair, object any, nint at, [Description("Fits.")] ArraySegment<byte> numbers) => 0);

    [Fact]
    public void What_is_provided_is_no_parameter()
    {
        HostTool tool = new("a", static (HostToolCall call, IServiceProvider services, CancellationToken ct) => 0);

        Assert.Empty(tool.ParametersSchema!.Value.GetProperty("properties").EnumerateObject());
    }

    [Fact]
    public void A_schema_that_is_given_counts_and_outlives_its_document()
    {
        HostTool tool;
        using (JsonDocument document = JsonDocument.Parse("""{"type": "object"}"""))
        {
            tool = new HostTool("a", static (string key) => key) { ParametersSchema = document.RootElement };
        }

        Assert.Equal("""{"type": "object"}""", tool.ParametersSchema!.Value.GetRawText());
        Assert.Null(new HostTool("a", Run).ParametersSchema);
        Assert.Null(new HostTool("a", static (string key) => key) { ParametersSchema = null }.ParametersSchema);
    }

    [Theory]
    [InlineData("true")]
    [InlineData("[]")]
    [InlineData("null")]
    public void A_schema_is_an_object(string schema)
    {
        ArgumentException error = Assert.Throws<ArgumentException>(
            () => new HostTool("a", Run) { ParametersSchema = JsonElement.Parse(schema) });

        Assert.Contains("host tool 'a'", error.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(static () => new HostTool("a", Run) { ParametersSchema = default(JsonElement) });
    }

    [Fact]
    public void A_schema_has_65536_bytes_at_most()
    {
        _ = new HostTool("a", Run) { ParametersSchema = Sized(65_536) };
        ArgumentException error = Assert.Throws<ArgumentException>(() => new HostTool("a", Run) { ParametersSchema = Sized(65_537) });
        Assert.Contains("at most 65,536", error.Message, StringComparison.Ordinal);

        static JsonElement Sized(int bytes) => JsonElement.Parse($$"""{"title":"{{new string('x', bytes - 12)}}"}""");
    }

    [Fact]
    public void Metadata_has_32_entries_and_4096_bytes_at_most()
    {
        Assert.Equal(32, new HostTool("a", Run) { Metadata = Entries(32, 1) }.Metadata.Count);
        Assert.Throws<ArgumentException>(() => new HostTool("a", Run) { Metadata = Entries(33, 1) });
        _ = new HostTool("a", Run) { Metadata = new Dictionary<string, string> { ["ä"] = new('ä', 2_047) } };
        ArgumentException error = Assert.Throws<ArgumentException>(
            static () => new HostTool("a", Run) { Metadata = new Dictionary<string, string> { ["ä"] = new('ä', 2_048) } });
        Assert.Contains("host tool 'a' have 4,098 bytes; at most 4,096", error.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentNullException>(
            static () => new HostTool("a", Run) { Metadata = new Dictionary<string, string> { ["a"] = null! } });

        static Dictionary<string, string> Entries(int count, int length) =>
            Enumerable.Range(0, count).ToDictionary(static i => $"{i}", _ => new string('x', length));
    }

    [Fact]
    public void Metadata_is_copied()
    {
        var given = new Dictionary<string, string> { ["unit"] = "EUR" };
        var tool = new HostTool("a", Run) { Metadata = given };

        given["unit"] = "USD";

        Assert.Equal("EUR", tool.Metadata["unit"]);
        Assert.Empty(new HostTool("a", Run).Metadata);
    }

    [Fact]
    public void Attributes_tell_of_the_methods_of_a_class()
    {
        HostTool tool = Assert.Single(new HostToolCollection().AddFrom<Prices>());

        Assert.Equal(("price", "Returns a price."), (tool.Name, tool.Description));
        Assert.Equal(new Dictionary<string, string> { ["unit"] = "EUR", ["cost"] = "high" }, tool.Metadata);
        Assert.Equal("item", tool.ParametersSchema!.Value.GetProperty("required")[0].GetString());
        ArgumentException error = Assert.Throws<ArgumentException>(() => new HostToolCollection().AddFrom<Contradiction>());
        Assert.Contains("Host tool 'Price' has the metadata 'unit' twice", error.Message, StringComparison.Ordinal);
    }

    private static ValueTask<object?> Run(HostToolCall call, CancellationToken cancellation) => default;

    private static int Search(
        string key,
        int count = 3,
        [Description("Of the car.")] Colour colour = Colour.Red,
        string? note = null,
        TimeSpan? after = null,
        CancellationToken cancellation = default) => 0;

    private static void AssertSchema(string expected, Delegate method)
    {
        string schema = new HostTool("a", method).ParametersSchema!.Value.GetRawText();

        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(expected), JsonNode.Parse(schema)), schema);
    }

    private sealed record Place([property: Description("As on the map.")] string Name, byte[]? Photo, Place? Next);

    private sealed class Prices
    {
        [HostTool(Name = "price", Description = "Returns a price.")]
        [HostToolMetadata(Name = "unit", Value = "EUR")]
        [HostToolMetadata(Name = "cost", Value = "high")]
        public int Price(string item) => item.Length;
    }

    private sealed class Contradiction
    {
        [HostTool]
        [HostToolMetadata(Name = "unit", Value = "EUR")]
        [HostToolMetadata(Name = "unit", Value = "USD")]
        public int Price() => 1;
    }
}
