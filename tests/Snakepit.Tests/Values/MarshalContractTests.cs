using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using CsCheck;

namespace Snakepit.Tests.Values;

/// <summary>Both codecs write and read by the same contracts: marshal treats every object as JSON does.</summary>
[Trait("Rule", "V3")]
public sealed class MarshalContractTests
{
    private static readonly JsonRoundTrip s_json = new();
    private static readonly MarshalRoundTrip s_marshal = new();

    public static TheoryData<object> Objects() =>
    [
        new Order(7, "SKU", 2, 9.99m, null, true),
        new Customer("Ada", [new(1, "a", 1, 1, "n", false)], new Dictionary<string, Order> { ["x"] = new(2, "b", 3, 0.5m, null, true) })
        {
            Level = Level.High,
        },
        new Customer("none", [], []),
        new Bag
        {
            Floats = [1, 2.5f],
            Ids = [Guid.Empty, s_guid],
            Names = new HashSet<string> { "x" },
            Orders = [new(1, "o", 1, 2, null, true)],
        },
        new Bag
        {
            Any = new object[] { 1, "x", new Point(1, 2) },
            Doubles = [1, double.NaN],
            Table = new() { ["a"] = [1, 2], ["__snakepit__"] = [3] },
        },
        new Bag
        {
            Immutable = [1, 2],
            Element = JsonDocument.Parse("""{"a":[1,2.0,"é"]}""").RootElement,
            When = DateTimeOffset.UnixEpoch,
            Maybe = 3,
        },
        new Point(1.5, 2),
        new Shy { Hidden = 1, Sometimes = null, Renamed = 3, Spelled = Level.High },
        new Shy { Hidden = 1, Sometimes = "now" },
        new Open { Known = 1 },
        new Strict { Must = 1 },
        new Dog("Rex", 4),
        new Kennel(new Dog("Rex", 4), [new Dog("Fido", 3)], new Dog("Pet", 2)),
        new Called { Value = 1 },
        new Tree("root", [new("leaf", []), new("branch", [new("twig", [])])]),
        new { a = 1, b = "x", c = new { d = new[] { 1, 2 } } },
        new List<Order?> { new(1, "a", 1, 1, null, false), null },
        new Dictionary<string, Order?> { ["a"] = new(1, "a", 1, 1, null, false), ["b"] = null },
        new SortedDictionary<string, double> { ["b"] = 1, ["a"] = 2 },
        new Dictionary<string, Order> { ["__snakepit__"] = new(1, "a", 1, 1, null, false) },
        new Queue<Point>([new(1, 2)]),
        new[] { Level.Low, Level.High },
        new decimal?[] { 1.10m, null },
        new List<DateTime> { DateTime.UnixEpoch },
        new[,] { { 1, 2 }, { 3, 4 } },
        new List<List<double>?> { new() { 1, double.NaN }, new(), null },
        new[] { [1.5f, 2], Array.Empty<float>() },
        new List<IReadOnlyList<float>> { new float[] { 1 }, new List<float> { 2 }, ImmutableArray.Create(3f) },
        new Dictionary<string, int?[]> { ["a"] = [1, null], ["b"] = [] },
        new Dictionary<string, IReadOnlyDictionary<string, string>>
        {
            ["a"] = new SortedDictionary<string, string> { ["c"] = "d" },
            ["\ud800"] = new Dictionary<string, string>(),
        },
        new List<IDictionary<string, object?>> { new Dictionary<string, object?> { ["__snakepit__"] = 1 } },
        new List<NdArray?> { NdArray.From(new[] { 1, 2 }), null },
        new List<byte[]?[]> { new[] { new byte[] { 1 }, null } },
        new List<DateOnly?> { DateOnly.MinValue, null },
        new List<object> { new(), new List<object?> { null } },
        (object)Enumerable.Range(0, 3).Select(i => i * 2.0),
    ];

    [Theory]
    [MemberData(nameof(Objects), DisableDiscoveryEnumeration = true)]
    public void Write_object_says_what_json_says(object value) => Assert.Equal(s_json.Wire(value), s_marshal.Wire(value));

    [Theory]
    [MemberData(nameof(Objects), DisableDiscoveryEnumeration = true)]
    public void WriteCall_with_an_objects_properties_says_what_json_says(object value)
    {
        var arguments = new ToolArguments(new ObjectArguments(value, null));
        Assert.Equal(Outcome(() => s_json.Call(arguments)), Outcome(() => s_marshal.Call(arguments)));
    }

    [Theory]
    [MemberData(nameof(Objects), DisableDiscoveryEnumeration = true)]
    public void Read_object_gives_what_json_gives(object value)
    {
        string wire = s_json.Wire(value);
        AssertSame<Order>(wire);
        AssertSame<Customer>(wire);
        AssertSame<Bag>(wire);
        AssertSame<Shy>(wire);
        AssertSame<Open>(wire);
        AssertSame<Strict>(wire);
        AssertSame<Animal>(wire);
        AssertSame<Kennel>(wire);
        AssertSame<Called>(wire);
        AssertSame<Tree>(wire);
        AssertSame<Point>(wire);
        AssertSame<Point?>(wire);
        AssertSame<Choosy>(wire);
        AssertSame<List<Order?>>(wire);
        AssertSame<IReadOnlyCollection<Order>>(wire);
        AssertSame<Order[]>(wire);
        AssertSame<SortedDictionary<string, double>>(wire);
        AssertSame<IDictionary<string, Order>>(wire);
        AssertSame<Level[]>(wire);
        AssertSame<int?[]>(wire);
        AssertSame<HashSet<double>>(wire);
        AssertSame<List<List<double>?>>(wire);
        AssertSame<float[][]>(wire);
        AssertSame<IEnumerable<IReadOnlyList<float>>>(wire);
        AssertSame<IReadOnlyDictionary<string, IList<int?>>>(wire);
        AssertSame<Dictionary<string, IDictionary<string, string>>>(wire);
        AssertSame<NdArray?[]>(wire);
        AssertSame<ICollection<byte[]?[]>>(wire);
        AssertSame<List<DateOnly?>>(wire);
    }

    [Theory]
    [InlineData("""{"id":1.0,"SKU":"x","quantity":2,"price":0.1,"shipped":true,"unknown":[{"a":1}]}""")]
    [InlineData("""{"sku":"x","price":9007199254740993}""")]
    [InlineData("""{"id":null}""")]
    [InlineData("""{"id":1.5}""")]
    [InlineData("""{"price":1e40}""")]
    [InlineData("""{"price":{"__snakepit__":"decimal","v":"1.10"}}""")]
    [InlineData("""{"sku":{"__snakepit__":"str","v":"YQAA2A=="}}""")]
    [InlineData("""{"sku":{"__snakepit_unserializable__":true,"type":"m.Thing"}}""")]
    [InlineData("""{"__snakepit_unserializable__":true,"type":"m.Thing"}""")]
    [InlineData("""{"__snakepit__":"uuid","v":"00112233-4455-6677-8899-aabbccddeeff"}""")]
    [InlineData("""{"__snakepit__":"map","v":[[1,2]]}""")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("1")]
    public void Read_of_what_a_tool_might_return_gives_what_json_gives(string wire)
    {
        AssertSame<Order>(wire);
        AssertSame<Point>(wire);
        AssertSame<Point?>(wire);
        AssertSame<List<Order>>($"[{wire}]");
        AssertSame<Dictionary<string, Order>>($$"""{"a":{{wire}}}""");
        AssertSame<Tree>($$"""{"name":"a","children":[{{wire}}]}""");
        AssertSame<Bag>($$"""{"orders":[{{wire}}],"any":{{wire}}}""");
    }

    [Fact]
    public void Read_of_any_tree_gives_what_json_gives()
    {
        Gen<string> key = Among(
            "id", "Sku", "SKU", "quantity", "price", "note", "shipped", "name", "orders", "by_name", "ByName", "level", "tags", "x", "any",
            "floats", "doubles", "ids", "table", "maybe", "when", "__snakepit__", "\ud800");
        Gen<object?> leaf = Gen.OneOf<object?>(
            Gen.Bool.Select(_ => (object?)null),
            Gen.Bool.Select(b => (object?)b),
            Gen.Long[-3, 3].Select(n => (object?)n),
            Gen.Long.Select(n => (object?)n),
            Gen.Double.Select(d => (object?)d),
            Among<object?>("", "a", "High", "2024-02-29", 0.5, 2.0, 1.10m, s_guid, DateTimeOffset.UnixEpoch, double.NaN));
        Gen<object?> Map(int levels) =>
            Gen.Select(key, Node(levels)).Array[0, 6].Select(pairs => (object?)pairs.DistinctBy(pair => pair.Item1).ToDictionary());
        Gen<object?> Node(int levels) => levels == 0 ? leaf : Gen.Frequency(
            (3, leaf),
            (1, Node(levels - 1).List[0, 3].Select(items => (object?)items)),
            (3, Map(levels - 1)));

        Node(3).Sample(tree =>
        {
            string wire = s_json.Wire(tree);
            AssertSame<Order>(wire);
            AssertSame<Customer>(wire);
            AssertSame<Bag>(wire);
            AssertSame<Dictionary<string, Order?>>(wire);
        }, iter: 5_000);
    }

    private static void AssertSame<T>(string wire) =>
        Assert.Equal(Outcome(() => s_json.Read<T>(wire)), Outcome(() => s_marshal.Read<T>(wire)));

    /// <summary>Returns the value, or the error that the caller gets.</summary>
    private static string Outcome<T>(Func<T> function)
    {
        try
        {
            return s_json.Wire(function());
        }
        catch (Exception error)
        {
            return $"{error.GetType()}: {error.Message}";
        }
    }

    private static Gen<T> Among<T>(params T[] values) => Gen.Int[0, values.Length - 1].Select(index => values[index]);

    private static readonly Guid s_guid = new("00112233-4455-6677-8899-aabbccddeeff");

    public enum Level
    {
        Low,
        High,
    }

    public sealed record Order(long Id, string Sku, int Quantity, decimal Price, string? Note, bool Shipped = true);

    public sealed record Customer(string Name, IReadOnlyList<Order> Orders, Dictionary<string, Order> ByName)
    {
        public Level Level { get; init; }

        public List<string> Tags { get; } = [];
    }

    public record struct Point(double X, double Y);

    public sealed record Tree(string Name, Tree[] Children);

    public sealed class Bag
    {
        public float[]? Floats { get; set; }

        public IReadOnlyList<double>? Doubles { get; set; }

        public Guid[]? Ids { get; set; }

        public HashSet<string>? Names { get; set; }

        public IEnumerable<Order>? Orders { get; set; }

        public object? Any { get; set; }

        public Dictionary<string, int[]>? Table { get; set; }

        public ImmutableArray<int> Immutable { get; set; } = [];

        public JsonElement? Element { get; set; }

        public DateTimeOffset When { get; set; }

        public int? Maybe { get; set; } = 5;
    }

    public sealed class Shy
    {
        [JsonIgnore]
        public int Hidden { get; set; }

        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        public string? Sometimes { get; set; }

        [JsonPropertyName("other"), JsonPropertyOrder(-1)]
        public int Renamed { get; set; }

        [JsonConverter(typeof(JsonStringEnumConverter<Level>))]
        public Level Spelled { get; set; }
    }

    public sealed class Open
    {
        public int Known { get; set; }

        [JsonExtensionData]
        public Dictionary<string, JsonElement>? Rest { get; set; }
    }

    public sealed class Strict
    {
        public required int Must { get; set; }
    }

    [JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
    public sealed record Choosy(int Id);

    [JsonDerivedType(typeof(Dog), "dog")]
    public abstract record Animal(string Name);

    public sealed record Dog(string Name, int Legs) : Animal(Name);

    public sealed record Kennel(Animal Guard, List<Animal> Others, object Pet);

    public sealed class Called : IJsonOnDeserialized, IJsonOnSerializing
    {
        public int Value { get; set; }

        public void OnDeserialized() => Value++;

        public void OnSerializing() => Value = 10;
    }
}
