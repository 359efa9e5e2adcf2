using System.Text.Json;
using System.Text.Json.Nodes;
using Snakepit.Tests;

namespace Snakepit.Cli.Tests.Fixture;

/// <summary>Compares the members of JSON documents with stored samples: programs rely on their names and types.</summary>
internal static class Sample
{
    private const string Settings = "options";

    private static readonly JsonSerializerOptions s_indented = new() { WriteIndented = true, NewLine = "\n" };

    /// <summary>Asserts that the document has the members of the sample, with values of the same types.</summary>
    public static void Check(string name, string document)
    {
        string shape = ShapeOf(JsonNode.Parse(document))!.ToJsonString(s_indented) + "\n";
        string path = RepositoryFiles.PathOf("tests", "Snakepit.Cli.Tests", "Samples", $"{name}.json");
        string written = Path.Combine(AppContext.BaseDirectory, $"{name}.json");
        File.WriteAllText(written, shape);
        Assert.True(File.Exists(path), $"There is no sample {path}. What the tool writes now is in {written}.");
        Assert.Equal(File.ReadAllText(path), shape);
    }

    /// <summary>Returns the document with the name of its type instead of each value, and the first item alone of each list.</summary>
    private static JsonNode? ShapeOf(JsonNode? node) => node switch
    {
        JsonObject map => new JsonObject(map.Select(static one => KeyValuePair.Create(
            one.Key, one.Key == Settings ? JsonValue.Create("settings by name") : ShapeOf(one.Value)))),
        JsonArray list => new JsonArray([.. list.Take(1).Select(ShapeOf)]),
        null => null,
        _ => JsonValue.Create(node.GetValueKind() switch
        {
            JsonValueKind.String => "text", JsonValueKind.Number => "number", _ => "switch",
        }),
    };
}
