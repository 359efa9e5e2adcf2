using System.Text.Json;
using Snakepit.Values;

namespace Snakepit.Tools;

/// <summary>A call of a host tool whose arguments are json: <c>[name, positional, named]</c>, maybe with a trace context behind.</summary>
internal sealed class JsonHostCall : HostToolCall, IAsyncDisposable
{
    private readonly byte[] _body;
    private readonly JsonValueCodec _codec;
    private readonly List<Range> _positional = [];
    private readonly Dictionary<string, Range> _named = new(StringComparer.Ordinal);
    private object? _created; // for this call

    /// <param name="body">The body of the frame.</param>
    /// <param name="codec">Reads the arguments.</param>
    /// <exception cref="JsonException">The body is none.</exception>
    public JsonHostCall(byte[] body, JsonValueCodec codec)
    {
        _body = body;
        _codec = codec;
        var reader = new Utf8JsonReader(body);
        Expect(ref reader, JsonTokenType.StartArray);
        Expect(ref reader, JsonTokenType.String);
        Tool = reader.GetString()!;
        Expect(ref reader, JsonTokenType.StartArray);
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            _positional.Add(Skip(ref reader));
        }
        Expect(ref reader, JsonTokenType.StartObject);
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            string name = reader.GetString()!;
            reader.Read();
            _named[name] = Skip(ref reader);
        }
        if (reader.Read() && reader.TokenType == JsonTokenType.String)
        {
            Traceparent = reader.GetString();
            reader.Read();
        }
        Require(reader, JsonTokenType.EndArray);
    }

    /// <summary>The trace context of the span in Python in which the tool was called; null when it has none of its own.</summary>
    public string? Traceparent { get; }

    public override string Tool { get; }

    public override WorkerId Worker => Of.Worker;

    public override string Caller => Of.Caller;

    public override string? SessionId => Of.Session?.Id;

    public override TimeSpan? Remaining => Of.Remaining();

    public override IServiceProvider? Services => Scope;

    public override int PositionalCount => _positional.Count;

    public override IReadOnlyCollection<string> Names => _named.Keys;

    /// <summary>The worker's call that it belongs to.</summary>
    public required CallingCall Of { get; init; }

    public IServiceProvider? Scope { get; set; }

    public async ValueTask DisposeAsync()
    {
        switch (_created)
        {
            case IAsyncDisposable instance:
                await instance.DisposeAsync().ConfigureAwait(false);
                break;
            case IDisposable instance:
                instance.Dispose();
                break;
        }
    }

    internal override void DisposeAtEnd(object instance) => _created = instance;

    protected override T Read<T>(string name) => _named.TryGetValue(name, out Range range)
        ? Read<T>(range, name)
        : throw new ArgumentException($"{Tool}() got no argument '{name}'.");

    protected override T Read<T>(int position) => position >= 0 && position < _positional.Count
        ? Read<T>(_positional[position], $"{position}")
        : throw new ArgumentException($"{Tool}() got {_positional.Count} positional arguments, and no argument {position}.");

    private static void Expect(ref Utf8JsonReader reader, JsonTokenType type)
    {
        reader.Read();
        Require(reader, type);
    }

    private static void Require(in Utf8JsonReader reader, JsonTokenType type)
    {
        if (reader.TokenType != type)
        {
            throw new JsonException($"A call of a host tool has {reader.TokenType} where {type} was due.");
        }
    }

    private static Range Skip(ref Utf8JsonReader reader)
    {
        int start = (int)reader.TokenStartIndex;
        reader.Skip();
        return start..(int)reader.BytesConsumed;
    }

    private T Read<T>(Range range, string which)
    {
        try
        {
            return _codec.Read<T>(_body.AsSpan(range));
        }
        catch (JsonException error)
        {
            throw new ArgumentException($"Argument '{which}' of {Tool}(): {error.Message}", error);
        }
    }
}
