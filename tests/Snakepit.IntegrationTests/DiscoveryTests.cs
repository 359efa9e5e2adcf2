using System.Text.Json;
using Snakepit.IntegrationTests.Fixture;
using Snakepit.Pools;

namespace Snakepit.IntegrationTests;

/// <summary>Tests the JSON schemas of tools, and that the host's knowledge of their arguments is Python's.</summary>
public sealed class DiscoveryTests : IntegrationTest
{
    [Theory(Timeout = Bound)]
    [InlineData(
        "plain",
        """
        {"type":"object","properties":{"a":{"type":"integer"},"b":{"type":"string","default":"x"},"c":{"type":"boolean","default":true}},
        "required":["a"],"additionalProperties":false}
        """,
        """{"type":"number"}""")]
    [InlineData(
        "bare",
        """{"type":"object","properties":{"a":{},"b":{"default":2}},"required":["a"],"additionalProperties":true}""",
        "{}")]
    [InlineData(
        "decorated",
        """
        {"type":"object","properties":{"size":{"$ref":"#/$defs/Size"}},"required":["size"],"additionalProperties":false,
        "$defs":{"Size":{"type":"object","properties":{"width":{"type":"integer"},"height":{"type":"integer","default":1}},
        "required":["width"],"additionalProperties":false}}}
        """,
        """{"type":"null"}""")]
    [InlineData(
        "first",
        """
        {"type":"object","properties":{"items":{"type":"array"},"default":{"type":"integer","default":0}},"required":["items"],
        "additionalProperties":false}
        """,
        """{"type":"integer"}""")]
    [InlineData(
        "rich",
        """
        {"type":"object","properties":{
        "node":{"$ref":"#/$defs/Node"},
        "movie":{"anyOf":[{"$ref":"#/$defs/Movie"},{"type":"null"}]},
        "size":{"$ref":"#/$defs/Size"},
        "color":{"type":"string","enum":["red","blue"]},
        "mode":{"type":"string","enum":["fit","fill"]},
        "either":{"anyOf":[{"type":"integer"},{"type":"string"}]},
        "names":{"type":"object","additionalProperties":{"type":"array","items":{"type":"integer"}}},
        "pair":{"type":"array","description":"Two of them."},
        "at":{"type":"string","format":"date-time"},
        "cost":{"type":"string","format":"decimal"},
        "key":{"type":"string","format":"uuid"},
        "data":{"type":"string","contentEncoding":"base64"},
        "anything":{},
        "unknown":{}},
        "required":["node","movie","size","color","mode","either","names","pair","at","cost","key","data","anything","unknown"],
        "additionalProperties":false,
        "$defs":{
        "Node":{"type":"object","properties":{"value":{"type":"integer"},"children":{"type":"array","items":{"$ref":"#/$defs/Node"}}},
        "required":["value"],"description":"One node of a tree.","additionalProperties":false},
        "Movie":{"type":"object","properties":{"title":{"type":"string"},"year":{"type":"integer"}},"required":[]},
        "Size":{"type":"object","properties":{"width":{"type":"integer"},"height":{"type":"integer","default":1}},
        "required":["width"],"additionalProperties":false}}}
        """,
        """
        {"type":"array","items":{"$ref":"#/$defs/Node"},"$defs":{
        "Node":{"type":"object","properties":{"value":{"type":"integer"},"children":{"type":"array","items":{"$ref":"#/$defs/Node"}}},
        "required":["value"],"description":"One node of a tree.","additionalProperties":false}}}
        """)]
    public async Task Tools_have_the_schemas_of_their_annotations(string name, string parameters, string result)
    {
        Rig rig = await StartAsync("annotated.py");

        ToolDescriptor tool = rig.Pool.Tools.Single(tool => tool.Name == name);

        AssertEqual(parameters, tool.ParametersSchema);
        AssertEqual(result, tool.ResultSchema);
    }

    [Theory(Timeout = Bound)]
    [InlineData(StartMethod.Spawn)]
    [InlineData(StartMethod.Zygote)]
    public async Task Schemas_are_the_same_however_a_worker_was_started(StartMethod method)
    {
        Rig rig = await StartAsync("annotated.py", p =>
        {
            p.Start.Method = method;
            p.Transport.Portable &= method != StartMethod.Zygote;
        });

        JsonElement schema = rig.Pool.Tools.Single(static tool => tool.Name == "rich").ParametersSchema;

        Assert.Equal(3, schema.GetProperty("$defs").EnumerateObject().Count());
    }

    [Fact(Timeout = Bound)]
    public async Task Answer_of_a_language_model_calls_the_tool()
    {
        Rig rig = await StartAsync("annotated.py");
        using JsonDocument answer = JsonDocument.Parse("""{"a": 3, "c": false}""");
        var offered = new List<string>();

        JsonElement result = await DiscoverySnippets.CallForModelAsync(
            rig.Pool, (name, _, _) => offered.Add(name), () => Task.FromResult(("plain", answer.RootElement)), Cancellation);

        Assert.Equal(3.0, result.GetDouble());
        Assert.Equal(["plain", "bare", "rich", "decorated", "first"], offered);
    }

    [Fact(Timeout = Bound)]
    public async Task Host_accepts_the_arguments_that_Python_accepts_and_no_others()
    {
        Rig rig = await StartAsync("signatures.py");
        string[] names = ["a", "b", "c", "d"];
        int compared = 0;

        foreach (ToolDescriptor tool in rig.Pool.Tools.Where(static tool => tool.Name.StartsWith("takes_", StringComparison.Ordinal)))
        {
            ToolSignature signature = ToolSignature.Of(tool)!;
            (int Positional, string[] Named)[] calls =
                [.. from count in Enumerable.Range(0, 5) from set in Enumerable.Range(0, 1 << names.Length)
                    select (count, names.Where((_, i) => (set >> i & 1) != 0).ToArray())];
            bool[] accepted = await rig.Pool.ExecuteAsync<bool[]>(
                "accepts",
                ToolArguments.Positional(tool.Name, calls.Select(static call => new object[] { call.Positional, call.Named }).ToArray()),
                null,
                Cancellation);

            Assert.Equal(
                accepted, calls.Select(call => signature.Fits(call.Positional, [.. call.Named.Select(static name => (name, (object?)0))])));
            compared += accepted.Count(static fits => fits);
        }

        Assert.InRange(compared, 100, int.MaxValue);
    }

    private static void AssertEqual(string expected, JsonElement actual)
    {
        using JsonDocument document = JsonDocument.Parse(expected);
        Assert.True(JsonElement.DeepEquals(document.RootElement, actual), $"Expected {document.RootElement}, got {actual}.");
    }
}
