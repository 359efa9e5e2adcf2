using System.Collections;
using System.Collections.Immutable;
using System.Dynamic;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Snakepit.Values;

namespace Snakepit.Tests.Values;

public abstract partial class ToolArgumentsTests(RoundTrip codec)
{
    public sealed record Sum(double A, int B);

    [JsonSerializable(typeof(Sum))]
    [JsonSerializable(typeof(double[]))]
    private sealed partial class SumContext : JsonSerializerContext;

    private RoundTrip RoundTrip => codec;

    [Fact]
    public void WriteCall_gives_tool_and_arguments()
    {
        Assert.Equal("""["t"]""", RoundTrip.Call(default));
        Assert.Equal("""["t",{"a":40,"b":"x"}]""", RoundTrip.Call(ToolArguments.Named(("a", 40), ("b", "x"))));
        Assert.Equal("""["t",[40,null]]""", RoundTrip.Call(ToolArguments.Positional(40, null)));
        Assert.Equal("""["t",{}]""", RoundTrip.Call(ToolArguments.Named()));
        Assert.Equal(
            """["t",{"z":1,"a":2.0}]""",
            RoundTrip.Call(ToolArguments.FromDictionary(new Dictionary<string, object?> { ["z"] = 1, ["a"] = 2.0 })));
        Assert.Equal("""["t",{"A":1.0,"B":2}]""", RoundTrip.Call(ToolArguments.From(new Sum(1, 2), SumContext.Default.Sum)));
        Assert.Equal("""["t",[1],{"b":2}]""", RoundTrip.Call(ToolArguments.Positional(1).AndNamed(("b", 2))));
    }

    [Fact]
    public void Positional_of_one_value_is_one_argument()
    {
        Assert.Equal("""["t",[["a","b"]]]""", RoundTrip.Call(ToolArguments.Positional(new[] { "a", "b" })));
        Assert.Equal("""["t",[[1,2]]]""", RoundTrip.Call(ToolArguments.Positional(new List<int> { 1, 2 })));
        Assert.Equal("""["t",[[1,null]]]""", RoundTrip.Call(ToolArguments.Positional(new object?[] { 1, null })));
        Assert.Equal("""["t",[null]]""", RoundTrip.Call(ToolArguments.Positional(null)));
        Assert.Equal("""["t",[null,null]]""", RoundTrip.Call(ToolArguments.Positional(null, null)));
        Assert.Equal("""["t",[1,["a"]]]""", RoundTrip.Call(ToolArguments.Positional(1, new[] { "a" })));
        Assert.Equal("""["t",[]]""", RoundTrip.Call(ToolArguments.Positional()));
    }

    [Fact]
    public void Spreading_is_asked_for()
    {
        Assert.Equal("""["t",["a","b"]]""", RoundTrip.Call(ToolArguments.FromList(new[] { "a", "b" })));
        Assert.Equal("""["t",[1,2]]""", RoundTrip.Call(ToolArguments.FromList(new[] { 1, 2 })));
        Assert.Equal("""["t",[1,2]]""", RoundTrip.Call(ToolArguments.Positional([1, 2])));
    }

    [Fact]
    public void AndNamed_adds_names_to_positions_only()
    {
        Assert.Equal("""["t",{"b":2}]""", RoundTrip.Call(default(ToolArguments).AndNamed(("b", 2))));
        Assert.Throws<InvalidOperationException>(() => ToolArguments.Named(("a", 1)).AndNamed(("b", 2)));
        Assert.Throws<InvalidOperationException>(() => ToolArguments.Positional(1).AndNamed(("b", 2)).AndNamed(("c", 2)));
        Assert.Throws<ArgumentException>(() => ToolArguments.Positional(1).AndNamed(("b", 2), ("b", 3)));
        var error = Assert.Throws<ArgumentException>(() => RoundTrip.Call(ToolArguments.Positional(1).AndNamed(("b", () => 1))));
        Assert.Contains("'b'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void WriteCall_of_a_bare_object_gives_an_empty_one()
    {
        Assert.Equal("""["t",[{}]]""", RoundTrip.Call(ToolArguments.Positional(new object())));
        Assert.Equal("""["t",{"a":[{},1]}]""", RoundTrip.Call(ToolArguments.Named(("a", new[] { new object(), 1 }))));
    }

    [Fact]
    public void WriteCall_of_a_task_throws_without_waiting_for_it()
    {
        Task<int> never = new TaskCompletionSource<int>().Task;

        Assert.Contains("await it", Unsendable(ToolArguments.Named(("a", never))), StringComparison.Ordinal);
        Assert.Contains("await it", Unsendable(ToolArguments.Positional(Task.CompletedTask)), StringComparison.Ordinal);
        Assert.Contains(
            "await it",
            Unsendable(ToolArguments.FromDictionary(new Dictionary<string, object?> { ["a"] = new[] { never } })),
            StringComparison.Ordinal);

        string Unsendable(ToolArguments arguments) => Assert.Throws<ArgumentException>(() => RoundTrip.Call(arguments)).Message;
    }

    [Fact]
    public void Named_with_impossible_name_throws()
    {
        Assert.Throws<ArgumentException>(() => ToolArguments.Named(("", 1)));
        Assert.Throws<ArgumentException>(() => ToolArguments.Named((null!, 1)));
        Assert.Throws<ArgumentException>(() => ToolArguments.Named(("__snakepit__", 1)));
        Assert.Contains(
            "'a'",
            Assert.Throws<ArgumentException>(() => ToolArguments.Named(("a", 1), ("b", 2), ("a", 3))).Message,
            StringComparison.Ordinal);
        (string, object?)[] many = [.. Enumerable.Range(0, 20).Select(i => ($"a{i % 19}", (object?)i))];
        Assert.Contains("'a0'", Assert.Throws<ArgumentException>(() => ToolArguments.Named(many)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => ToolArguments.From([1.0], SumContext.Default.DoubleArray));
    }

    [Fact]
    public void WriteCall_of_what_cannot_be_sent_names_the_argument()
    {
        var ring = new List<object?>();
        ring.Add(ring);
        object deep = 1;
        for (int i = 0; i < 199; i++)
        {
            deep = new List<object?> { deep };
        }
        object[] unsendable =
            [ring, deep, () => 1, typeof(int), (nint)1, new int[1, 1, 1, 1], new Dictionary<string, object?> { ["a"] = ring }];
        foreach (object value in unsendable)
        {
            var error = Assert.Throws<ArgumentException>(() => RoundTrip.Call(ToolArguments.Named(("first", 1), ("second", value))));
            Assert.Contains("'second'", error.Message, StringComparison.Ordinal);
            Assert.Contains(
                "'1'",
                Assert.Throws<ArgumentException>(() => RoundTrip.Call(ToolArguments.Positional(1, value))).Message,
                StringComparison.Ordinal);
            Assert.Throws<ArgumentException>(() => RoundTrip.Call(new ToolArguments(new ObjectArguments(new { value }, null))));
        }
        Assert.Equal("""["t",[1]]""", RoundTrip.Call(ToolArguments.Positional(1)));
    }

    [Fact]
    public void WriteCall_when_nobody_has_the_contract_names_the_option()
    {
        RoundTrip unwilling = RoundTrip.WithContracts(new Unwilling());
        var error = Assert.Throws<ArgumentException>(() => unwilling.Call(ToolArguments.Named(("sum", new Sum(1, 2)))));
        Assert.Contains("SnakepitOptions.TypeInfoResolvers", error.Message, StringComparison.Ordinal);
        Assert.Contains(nameof(Sum), error.Message, StringComparison.Ordinal);
        var reading = Assert.Throws<NotSupportedException>(() => unwilling.Read<Sum>("{}"));
        Assert.Contains("SnakepitOptions.TypeInfoResolvers", reading.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Arrays_of_several_dimensions_that_are_not_supported_are_told_with_what_is()
    {
        (object Value, Action Read)[] cases =
        [
            (new bool[1, 2], () => RoundTrip.Read<bool[,]>("[[true,false]]")),
            (new string[1, 1], () => RoundTrip.Read<string[,]>("[[\"a\"]]")),
            (new int[1, 1, 1, 1], () => RoundTrip.Read<int[,,,]>("[[[[1]]]]")),
            (
                new Dictionary<string, bool[,]> { ["a"] = new bool[1, 1] },
                () => RoundTrip.Read<Dictionary<string, bool[,]>>("{\"a\":[[true]]}")),
            (new Board(new bool[1, 1]), () => RoundTrip.Read<Board>("{\"cells\":[[true]]}")),
            (new List<string[,]> { new string[1, 1] }, () => RoundTrip.Read<List<string[,]>>("[[[\"a\"]]]")),
        ];
        foreach ((object value, Action read) in cases)
        {
            string[] told =
            [
                Assert.Throws<ArgumentException>(() => RoundTrip.Call(ToolArguments.Positional(value))).Message,
                Assert.Throws<NotSupportedException>(read).Message,
            ];
            Assert.All(
                told,
                static message =>
                    Assert.Contains("use arrays of arrays, such as bool[][], or NdArray.", message, StringComparison.Ordinal));
            Assert.All(told, static message => Assert.DoesNotContain("reflection", message, StringComparison.OrdinalIgnoreCase));
        }
    }

    [Fact]
    public void WriteCall_uses_the_users_contracts_first()
    {
        var renaming = new DefaultJsonTypeInfoResolver { Modifiers = { type => Rename(type) } };
        Assert.Equal("""["t",[{"a_":1.0,"b_":2}]]""", RoundTrip.WithContracts(renaming).Call(ToolArguments.Positional(new Sum(1, 2))));

        static void Rename(JsonTypeInfo type)
        {
            foreach (JsonPropertyInfo property in type.Properties)
            {
                property.Name = $"{property.Name.ToLowerInvariant()}_";
            }
        }
    }

    [Fact]
    public void WriteCall_uses_the_users_contracts_for_built_in_types_too()
    {
        RoundTrip shouting = RoundTrip.WithContracts(new Shouting());
        Assert.Equal("""["t",["00000000-0000-0000-0000-000000000000!"]]""", shouting.Call(ToolArguments.Positional(Guid.Empty)));
        Assert.Equal(
            """["t",[["00000000-0000-0000-0000-000000000000!"]]]""",
            shouting.Call(ToolArguments.Positional(new List<Guid> { Guid.Empty })));
        Assert.Equal(
            """["t",[1.0,[2.0],{"a":1}]]""",
            shouting.Call(ToolArguments.Positional(1.0, new List<double> { 2.0 }, new Dictionary<string, object?> { ["a"] = 1 })));
        Assert.Equal(Guid.AllBitsSet, shouting.Read<Guid>("\"x\""));
        Assert.Equal([2.0], shouting.Read<double[]>("[2]"));
        RoundTrip counting = RoundTrip.WithContracts(new Counting());
        List<Guid> one = [Guid.Empty];
        var byName = new Dictionary<string, List<Guid>> { ["a"] = one };
        Assert.Equal("""["t",[1,{"a":1}]]""", counting.Call(ToolArguments.Positional(one, byName)));
        Assert.Equal([Guid.Empty, Guid.Empty], counting.Read<List<Guid>>("2"));
    }

    [Fact]
    public async Task ExecuteAsync_binds_objects_and_arguments_as_written()
    {
        var recorder = new Recorder(RoundTrip);
        IToolInvoker pool = recorder;
        CancellationToken ct = TestContext.Current.CancellationToken;
        await pool.ExecuteAsync<int>("t", new { a = 40, b = 2 }, cancellationToken: ct);
        await pool.ExecuteAsync("t", new Sum(1, 2), cancellationToken: ct);
        await pool.ExecuteAsync<int>("t", ToolArguments.Named(("a", 40), ("b", 2)), cancellationToken: ct);
        await pool.ExecuteAsync<int>("t", new Dictionary<string, object?> { ["a"] = 1 }, cancellationToken: ct);
        await pool.ExecuteAsync<int>("t", new Hashtable { ["a"] = 1 }, cancellationToken: ct);
        await pool.ExecuteAsync<int>("t", new Dictionary<string, int> { ["a"] = 1 }, cancellationToken: ct);
        await pool.ExecuteAsync<int>("t", cancellationToken: ct);
        await pool.TryExecuteAsync<int>("t", new { a = 1 }, cancellationToken: ct);
        dynamic expando = new ExpandoObject();
        expando.a = 1;
        foreach (object arguments in new object[]
        {
            expando, new JsonObject { ["a"] = 1 }, JsonElement.Parse("""{"a":1}"""), JsonDocument.Parse("""{"a":1}"""),
            new SortedList { ["a"] = 1 },
            new SortedDictionary<string, int> { ["a"] = 1 }, ImmutableDictionary<string, long>.Empty.Add("a", 1),
        })
        {
            await pool.ExecuteAsync<int>("t", arguments, cancellationToken: ct);
        }
        Assert.All(recorder.Calls[^7..], static call => Assert.Equal("""["t",{"a":1}]""", call));
        recorder.Calls.RemoveRange(recorder.Calls.Count - 7, 7);
        Assert.Equal(
            [
                """["t",{"a":40,"b":2}]""", """["t",{"A":1.0,"B":2}]""", """["t",{"a":40,"b":2}]""", """["t",{"a":1}]""",
                """["t",{"a":1}]""",
                """["t",{"a":1}]""", """["t"]""", """["t",{"a":1}]""",
            ],
            recorder.Calls);
    }

    [Fact]
    public async Task ExecuteAsync_of_what_has_no_names_points_at_Positional()
    {
        object[] nameless =
        [
            "text", 1, 1.5, true, 'c', new[] { 1 }, new List<int>(), DateTime.UnixEpoch, Guid.Empty, DayOfWeek.Friday, (1, 2), () => 1,
            typeof(int), new Dictionary<int, int> { [1] = 1 }, new JsonArray(1), JsonElement.Parse("[1]"), JsonDocument.Parse("1"),
            new Hashtable { [1] = 1 },
        ];
        foreach (object arguments in nameless)
        {
            var error = await Assert.ThrowsAsync<ArgumentException>(
                async () => await new Recorder(RoundTrip)
                    .ExecuteAsync("t", arguments, cancellationToken: TestContext.Current.CancellationToken));
            Assert.Contains("ToolArguments.Positional", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void WriteCall_of_untyped_values_gives_what_they_say()
    {
        dynamic expando = new ExpandoObject();
        expando.b = new List<int> { 1 };
        foreach ((object? value, string wire) in new (object?, string)[]
        {
            (expando, """{"b":[1]}"""), (new JsonObject { ["a"] = null }, """{"a":null}"""), (JsonElement.Parse("[1,2.0]"), "[1,2.0]"),
            (new Hashtable { ["a"] = 1 }, """{"a":1}"""), (new Hashtable { [1] = "x" }, """{"__snakepit__":"map","v":[[1,"x"]]}"""),
            (DBNull.Value, "null"),
            (new object[] { DBNull.Value }, "[null]"),
            (new Dictionary<string, object?> { ["a"] = DBNull.Value }, """{"a":null}"""),
            (new ArraySegment<byte>([1, 2, 3], 1, 1), """{"__snakepit__":"bytes","v":"Ag=="}"""),
            (new ArraySegment<int>([1, 2, 3], 1, 2), "[2,3]"),
            (new Memory<double>([1, 2]), "[1.0,2.0]"),
            (new ReadOnlyMemory<int>([1, 2]), "[1,2]"),
            (new { A = DBNull.Value }, """{"A":null}"""),
            (Enumerable.Range(0, 3).Where(static i => i > 0), "[1,2]"),
        })
        {
            Assert.Equal(wire, RoundTrip.Wire(value));
        }
    }

    [Fact]
    public void WriteCall_of_keys_that_Python_cannot_hash_names_argument_and_type()
    {
        var anonymous = new { A = 1 };
        foreach ((object key, Type type) in new (object, Type)[]
        {
            (anonymous, anonymous.GetType()),
            (new Throwing(), typeof(Throwing)),
            (new Dictionary<int, int>(), typeof(Dictionary<int, int>)),
            (new Hashtable(), typeof(Hashtable)), (new ExpandoObject(), typeof(ExpandoObject)), (new JsonObject(), typeof(JsonObject)),
            (NdArray.From<int>([1]), typeof(NdArray)),
            (new object[] { 1, anonymous }, anonymous.GetType()),
            ((1, (object)new Hashtable()), typeof(Hashtable)),
        })
        {
            foreach (object map in new object[] { new Hashtable { [key] = 1 }, new Dictionary<object, object?> { ["a"] = 1, [key] = 1 } })
            {
                var error = Assert.Throws<ArgumentException>(() => RoundTrip.Call(ToolArguments.Named(("fine", 1), ("Bad", map))));
                Assert.Contains("'Bad'", error.Message, StringComparison.Ordinal);
                Assert.Contains(Shown.Type(type), error.Message, StringComparison.Ordinal);
                Assert.Contains("Python cannot hash", error.Message, StringComparison.Ordinal);
            }
        }
        object[] keys =
        [
            1, 1.5, true, DayOfWeek.Friday, DateTime.UnixEpoch, DateTimeOffset.UnixEpoch, Guid.Empty, new byte[] { 1 }, new[] { 1, 2 },
            (1, "a"), TimeSpan.Zero,
        ];
        foreach (object key in keys)
        {
            Assert.StartsWith("""{"__snakepit__":"map","v":[[""", RoundTrip.Wire(new Hashtable { [key] = "x" }), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void WriteCall_of_a_getter_that_throws_names_the_argument()
    {
        foreach (ToolArguments arguments in new[]
        {
            ToolArguments.Named(("fine", 1), ("Bad", new Throwing())), ToolArguments.Named(("fine", 1), ("Bad", new[] { new Throwing() })),
            ToolArguments.Named(("Bad", Failing())), new ToolArguments(new ObjectArguments(new Throwing(), null)),
        })
        {
            var error = Assert.Throws<ArgumentException>(() => RoundTrip.Call(arguments));
            Assert.Contains("'Bad'", error.Message, StringComparison.Ordinal);
            Assert.Contains("no luck", error.Message, StringComparison.Ordinal);
            Assert.IsType<FormatException>(error.InnerException);
        }

        static IEnumerable<int> Failing()
        {
            yield return 1;
            throw new FormatException("no luck");
        }
    }

    public sealed class Throwing
    {
        public int Good => 1;

        public int Bad => throw new FormatException("no luck");
    }

    private sealed class Recorder(RoundTrip codec) : IToolInvoker
    {
        public List<string> Calls { get; } = [];

        public ValueTask ExecuteAsync(string tool, ToolArguments arguments, ToolCallOptions? options, CancellationToken cancellationToken)
        {
            Calls.Add(codec.Call(arguments));
            return default;
        }

        public ValueTask<T> ExecuteAsync<T>(
            string tool, ToolArguments arguments, ToolCallOptions? options, CancellationToken cancellationToken)
        {
            Calls.Add(codec.Call(arguments));
            return default;
        }

        public ValueTask<CallResult<T>> TryExecuteAsync<T>(
            string tool, ToolArguments arguments, ToolCallOptions? options, CancellationToken cancellationToken)
        {
            Calls.Add(codec.Call(arguments));
            return default;
        }

        public IAsyncEnumerable<T> StreamAsync<T>(
            string tool, ToolArguments arguments, ToolCallOptions? options, CancellationToken cancellationToken)
        {
            Calls.Add(codec.Call(arguments));
            return AsyncEnumerable.Empty<T>();
        }
    }

    /// <summary>A converter and a contract for a type of the user's.</summary>
    private sealed class Shouting : JsonConverter<Guid>, IJsonTypeInfoResolver
    {
        public JsonTypeInfo? GetTypeInfo(Type type, JsonSerializerOptions options) =>
            type == typeof(Guid) ? JsonMetadataServices.CreateValueInfo<Guid>(options, this) : null;

        public override Guid Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => Guid.AllBitsSet;

        public override void Write(Utf8JsonWriter writer, Guid value, JsonSerializerOptions options) =>
            writer.WriteStringValue($"{value}!");
    }

    /// <summary>Has a contract of its own for a list of what has none.</summary>
    private sealed class Counting : JsonConverter<List<Guid>>, IJsonTypeInfoResolver
    {
        public JsonTypeInfo? GetTypeInfo(Type type, JsonSerializerOptions options) =>
            type == typeof(List<Guid>) ? JsonMetadataServices.CreateValueInfo<List<Guid>>(options, this) : null;

        public override List<Guid> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            [.. new Guid[reader.GetInt32()]];

        public override void Write(Utf8JsonWriter writer, List<Guid> value, JsonSerializerOptions options) =>
            writer.WriteNumberValue(value.Count);
    }

    public sealed record Board(bool[,] Cells);

    /// <summary>A resolver without contracts, as where reflection is disabled.</summary>
    private sealed class Unwilling : IJsonTypeInfoResolver
    {
        public JsonTypeInfo? GetTypeInfo(Type type, JsonSerializerOptions options) =>
            type == typeof(Sum) ? throw new NotSupportedException($"No metadata for {type}.") : null;
    }
}

public sealed class JsonToolArgumentsTests() : ToolArgumentsTests(new JsonRoundTrip());

public sealed class MarshalToolArgumentsTests() : ToolArgumentsTests(new MarshalRoundTrip());
