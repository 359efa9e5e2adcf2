using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using CsCheck;

namespace Snakepit.Tests.Values;

/// <summary>Extension data works for every type that its property may have.</summary>
[Trait("Rule", "V1")]
public abstract class ExtensionDataTests(RoundTrip codec)
{
    private const string Wire = """{"A":1,"b":2,"c":[1.5,null]}""";

    private RoundTrip RoundTrip => codec;

    public sealed class Extended<T>
        where T : class
    {
        public int A { get; set; }

        [JsonExtensionData]
        public T? More { get; set; }
    }

    public sealed class Kept
    {
        [JsonExtensionData]
        public Dictionary<string, object?> More { get; } = new() { ["kept"] = 1L };
    }

    public sealed class Constructed(int a)
    {
        public int A => a;

        [JsonExtensionData]
        public JsonObject? More { get; set; }
    }

    public record struct Value
    {
        public int A { get; set; }

        [JsonExtensionData]
        public JsonObject? More { get; set; }
    }

    public sealed class Unmakeable
    {
        [JsonExtensionData]
        public NeedsName? More { get; set; }
    }

    public sealed class Unsettable
    {
        [JsonExtensionData]
        public Dictionary<string, object?>? More { get; }
    }

    public sealed class Members : Dictionary<string, object?>;

    public sealed class NeedsName(string name) : Dictionary<string, object?>
    {
        public string Name => name;
    }

    [Fact]
    public void Extension_data_of_every_type_is_written_as_members_and_read_back()
    {
        Members members = new() { ["b"] = 2L, ["c"] = new List<object?> { 1.5, null } };
        Dictionary<string, JsonElement> elements = new() { ["b"] = JsonElement.Parse("2"), ["c"] = JsonElement.Parse("[1.5,null]") };
        Holds(new Dictionary<string, object?>(members));
        Holds<IDictionary<string, object?>>(members);
        Holds(members);
        Holds(new SortedDictionary<string, object?>(members));
        Holds(new ConcurrentDictionary<string, object?>(members));
        Holds(new OrderedDictionary<string, object?>(members));
        Holds(elements);
        Holds<IDictionary<string, JsonElement>>(elements);
        Holds(new SortedDictionary<string, JsonElement>(elements));
        Holds(new JsonObject { ["b"] = 2, ["c"] = new JsonArray(1.5, null) });
    }

    [Fact]
    public void Extension_data_is_added_to_what_the_object_has_made()
    {
        Assert.Equal(new Dictionary<string, object?> { ["kept"] = 1L, ["new"] = 2L }, RoundTrip.Read<Kept>("""{"new":2}""").More);
        Constructed read = RoundTrip.Read<Constructed>("""{"new":2,"a":1}""");
        Assert.Equal((1, 2), (read.A, (int)read.More!["new"]!));
    }

    [Fact]
    public void Extension_data_of_a_struct_is_too()
    {
        Value read = RoundTrip.Read<Value>(Wire);
        Assert.Equal((1, Wire), (read.A, RoundTrip.Wire(read)));
    }

    [Fact]
    public void Extension_data_that_has_no_place_is_an_error()
    {
        Assert.Contains(
            "NeedsName",
            Assert.ThrowsAny<JsonException>(() => RoundTrip.Read<Unmakeable>("""{"b":2}""")).Message,
            StringComparison.Ordinal);
        Assert.Null(RoundTrip.Read<Unmakeable>("{}").More);
        Assert.Contains(
            "no setter",
            Assert.ThrowsAny<JsonException>(() => RoundTrip.Read<Unsettable>("""{"b":2}""")).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Extension_data_of_any_content_is_the_same_in_every_type()
    {
        Gen<object?> value = Gen.OneOf(
            Gen.Long.Select(static x => (object?)x), Gen.String.Select(static x => (object?)x), Gen.Const((object?)null));
        Gen.Select(Gen.String.Where(static name => name is not "__snakepit__" and not "A" and not "a"), value).Array[0, 8].Sample(
            pairs =>
            {
                Dictionary<string, object?> members = [];
                var node = new JsonObject();
                foreach ((string name, object? item) in pairs)
                {
                    members[name] = item;
                    node[name] = JsonSerializer.SerializeToNode(item);
                }
                string wire = RoundTrip.Wire(new Extended<JsonObject> { A = 1, More = node });
                Assert.Equal(RoundTrip.Wire(new Extended<Dictionary<string, object?>> { A = 1, More = members }), wire);
                Assert.Equal(wire, RoundTrip.Wire(RoundTrip.Read<Extended<JsonObject>>(wire)));
                Assert.Equal(wire, RoundTrip.Wire(RoundTrip.Read<Extended<Dictionary<string, object?>>>(wire)));
            },
            iter: 200);
    }

    private void Holds<T>(T more)
        where T : class
    {
        IsWire(RoundTrip.Wire(new Extended<T> { A = 1, More = more }));
        Extended<T> read = RoundTrip.Read<Extended<T>>(Wire);
        Assert.Equal(1, read.A);
        IsWire(RoundTrip.Wire(read));
        Assert.Null(RoundTrip.Read<Extended<T>>("""{"A":1}""").More);
        Assert.Equal("""{"A":1}""", RoundTrip.Wire(new Extended<T> { A = 1 }));

        static void IsWire(string actual) => // a concurrent dictionary has no order
            Assert.True(JsonNode.DeepEquals(JsonNode.Parse(Wire), JsonNode.Parse(actual)), actual);
    }
}

public sealed class JsonExtensionDataTests() : ExtensionDataTests(new JsonRoundTrip());

public sealed class MarshalExtensionDataTests() : ExtensionDataTests(new MarshalRoundTrip());
