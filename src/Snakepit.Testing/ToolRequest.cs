using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using Snakepit.Pools.Kernel;
using Snakepit.Transport;
using Snakepit.Transport.Values;

namespace Snakepit.Testing;

/// <summary>One call as a fake tool sees it. Its arguments went over the wire format: they are what Python would have got.</summary>
[SuppressMessage("Design", "CA1001", Justification = "A token source without a timer holds nothing to dispose.")]
public sealed class ToolRequest
{
    private readonly JsonValueCodec _codec;
    private readonly byte[] _body;
    private readonly List<(string? Name, Range Bytes)> _arguments = [];
    private readonly CancellationTokenSource _cancellation = new();

    internal ToolRequest(FakeWorker worker, CallKey call, byte[] body, int attempt, TimeSpan? remaining, JsonValueCodec codec)
    {
        Worker = worker;
        Call = call;
        Attempt = attempt;
        Remaining = remaining;
        _body = body;
        _codec = codec;
        Tool = ReadBody();
    }

    /// <summary>The tool that was called.</summary>
    public string Tool { get; }

    /// <summary>The worker that runs the call.</summary>
    public FakeWorker Worker { get; }

    /// <summary>Which attempt this is, from 1; more than 1 only for idempotent calls whose worker died.</summary>
    public int Attempt { get; }

    /// <summary>The time the call had left when it was sent; null without a deadline.</summary>
    public TimeSpan? Remaining { get; }

    /// <summary>Cancelled when the call's caller has given up, and when the worker dies.</summary>
    public CancellationToken Cancellation => _cancellation.Token;

    /// <summary>How many arguments there are.</summary>
    public int Count => _arguments.Count;

    internal CallKey Call { get; }

    /// <summary>How long the worker will say that the call ran. Set it before the answer.</summary>
    internal TimeSpan RunTime { get; set; }

    /// <summary>True when there is an argument of that name.</summary>
    public bool Has(string name) => _arguments.Exists(argument => argument.Name == name);

    /// <summary>An argument by name, read as results are.</summary>
    /// <exception cref="FakeToolException">A <c>TypeError</c>: there is none. Let it pass and the caller gets what Python would have told it.</exception>
    public T Get<T>(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        int index = _arguments.FindIndex(argument => argument.Name == name);
        return index >= 0 ? Read<T>(index) : throw new FakeToolException("TypeError", $"{Tool}() missing 1 required argument: '{name}'");
    }

    /// <summary>An argument by position, read as results are. Named arguments have the position they were written in.</summary>
    /// <exception cref="FakeToolException">A <c>TypeError</c>: there are not so many.</exception>
    public T Get<T>(int position)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(position);
        return position < _arguments.Count
            ? Read<T>(position)
            : throw new FakeToolException("TypeError", $"{Tool}() missing argument {position} of {Count}");
    }

    internal void Return(object? value)
    {
        var body = new ArrayBufferWriter<byte>();
        try
        {
            _codec.WriteValue(body, value);
        }
        catch (Exception error)
        {
            Throw(error);
            return;
        }
        Worker.Answer(this, ReplyKind.Result, ReplyBody.Copy(body.WrittenSpan));
    }

    internal void Throw(Exception error) => Worker.Answer(this, ReplyKind.Error, ReplyBody.Copy(FakeError.Encode(error)));

    internal void Cancel() => _cancellation.Cancel();

    private T Read<T>(int index) => _codec.Read<T>(_body.AsSpan(_arguments[index].Bytes));

    private string ReadBody()
    {
        var reader = new Utf8JsonReader(_body);
        reader.Read();
        reader.Read();
        string tool = reader.GetString()!;
        while (reader.Read() && reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray)
        {
            ReadArguments(ref reader);
        }
        return tool;
    }

    private void ReadArguments(ref Utf8JsonReader reader)
    {
        while (reader.Read() && reader.TokenType is not (JsonTokenType.EndObject or JsonTokenType.EndArray))
        {
            string? name = null;
            if (reader.TokenType == JsonTokenType.PropertyName)
            {
                name = reader.GetString();
                reader.Read();
            }
            int start = (int)reader.TokenStartIndex;
            reader.Skip();
            _arguments.Add((name, start..(int)reader.BytesConsumed));
        }
    }
}
