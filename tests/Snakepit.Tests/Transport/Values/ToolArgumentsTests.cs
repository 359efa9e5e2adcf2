using System.Collections;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Snakepit.Transport.Values;

namespace Snakepit.Tests.Transport.Values;

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
        Assert.Equal("""["t",{"z":1,"a":2.0}]""", RoundTrip.Call(ToolArguments.FromDictionary(new Dictionary<string, object?> { ["z"] = 1, ["a"] = 2.0 })));
        Assert.Equal("""["t",{"A":1.0,"B":2}]""", RoundTrip.Call(ToolArguments.From(new Sum(1, 2), SumContext.Default.Sum)));
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
        Assert.Contains("await it", Unsendable(ToolArguments.FromDictionary(new Dictionary<string, object?> { ["a"] = new[] { never } })), StringComparison.Ordinal);

        string Unsendable(ToolArguments arguments) => Assert.Throws<ArgumentException>(() => RoundTrip.Call(arguments)).Message;
    }

    [Fact]
    public void Named_with_impossible_name_throws()
    {
        Assert.Throws<ArgumentException>(() => ToolArguments.Named(("", 1)));
        Assert.Throws<ArgumentException>(() => ToolArguments.Named((null!, 1)));
        Assert.Throws<ArgumentException>(() => ToolArguments.Named(("__snakepit__", 1)));
        Assert.Contains("'a'", Assert.Throws<ArgumentException>(() => ToolArguments.Named(("a", 1), ("b", 2), ("a", 3))).Message, StringComparison.Ordinal);
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
        foreach (object value in new object[] { ring, deep, () => 1, typeof(int), (nint)1, new int[1, 1, 1, 1], new Dictionary<string, object?> { ["a"] = ring } })
        {
            var error = Assert.Throws<ArgumentException>(() => RoundTrip.Call(ToolArguments.Named(("first", 1), ("second", value))));
            Assert.Contains("'second'", error.Message, StringComparison.Ordinal);
            Assert.Contains("'1'", Assert.Throws<ArgumentException>(() => RoundTrip.Call(ToolArguments.Positional(1, value))).Message, StringComparison.Ordinal);
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
        Assert.Equal("""["t",[["00000000-0000-0000-0000-000000000000!"]]]""", shouting.Call(ToolArguments.Positional(new List<Guid> { Guid.Empty })));
        Assert.Equal("""["t",[1.0,[2.0],{"a":1}]]""", shouting.Call(ToolArguments.Positional(1.0, new[] { 2.0 }, new Dictionary<string, object?> { ["a"] = 1 })));
        Assert.Equal(Guid.AllBitsSet, shouting.Read<Guid>("\"x\""));
        Assert.Equal([2.0], shouting.Read<double[]>("[2]"));
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
        Assert.Equal(
            [
                """["t",{"a":40,"b":2}]""", """["t",{"A":1.0,"B":2}]""", """["t",{"a":40,"b":2}]""", """["t",{"a":1}]""", """["t",{"a":1}]""",
                """["t",{"a":1}]""", """["t"]""", """["t",{"a":1}]""",
            ],
            recorder.Calls);
    }

    [Fact]
    public async Task ExecuteAsync_of_what_has_no_names_points_at_Positional()
    {
        object[] nameless = ["text", 1, 1.5, true, 'c', new[] { 1 }, new List<int>(), DateTime.UnixEpoch, Guid.Empty, DayOfWeek.Friday, (1, 2), () => 1, typeof(int),
            new Dictionary<int, int> { [1] = 1 }];
        foreach (object arguments in nameless)
        {
            var error = await Assert.ThrowsAsync<ArgumentException>(async () => await new Recorder(RoundTrip).ExecuteAsync("t", arguments, cancellationToken: TestContext.Current.CancellationToken));
            Assert.Contains("ToolArguments.Positional", error.Message, StringComparison.Ordinal);
        }
    }

    private sealed class Recorder(RoundTrip codec) : IToolInvoker
    {
        public List<string> Calls { get; } = [];

        public ValueTask ExecuteAsync(string tool, ToolArguments arguments, ToolCallOptions? options, CancellationToken cancellationToken)
        {
            Calls.Add(codec.Call(arguments));
            return default;
        }

        public ValueTask<T> ExecuteAsync<T>(string tool, ToolArguments arguments, ToolCallOptions? options, CancellationToken cancellationToken)
        {
            Calls.Add(codec.Call(arguments));
            return default;
        }

        public ValueTask<CallResult<T>> TryExecuteAsync<T>(string tool, ToolArguments arguments, ToolCallOptions? options, CancellationToken cancellationToken)
        {
            Calls.Add(codec.Call(arguments));
            return default;
        }
    }

    /// <summary>Has a contract of its own for a type of ours.</summary>
    private sealed class Shouting : JsonConverter<Guid>, IJsonTypeInfoResolver
    {
        public JsonTypeInfo? GetTypeInfo(Type type, JsonSerializerOptions options) =>
            type == typeof(Guid) ? JsonMetadataServices.CreateValueInfo<Guid>(options, this) : null;

        public override Guid Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => Guid.AllBitsSet;

        public override void Write(Utf8JsonWriter writer, Guid value, JsonSerializerOptions options) => writer.WriteStringValue($"{value}!");
    }

    /// <summary>As where reflection is off.</summary>
    private sealed class Unwilling : IJsonTypeInfoResolver
    {
        public JsonTypeInfo? GetTypeInfo(Type type, JsonSerializerOptions options) =>
            type == typeof(Sum) ? throw new NotSupportedException($"No metadata for {type}.") : null;
    }
}

public sealed class JsonToolArgumentsTests() : ToolArgumentsTests(new JsonRoundTrip());

public sealed class MarshalToolArgumentsTests() : ToolArgumentsTests(new MarshalRoundTrip());
