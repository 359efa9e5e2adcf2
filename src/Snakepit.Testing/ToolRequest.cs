using System.Buffers;
using System.Collections;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using Snakepit.Frames;
using Snakepit.Values;

namespace Snakepit.Testing;

/// <summary>Represents a call as a fake tool sees it. The arguments have passed through the wire format, so they are what Python would have
/// received.</summary>
[SuppressMessage("Design", "CA1001", Justification = "A token source without a timer holds nothing to dispose.")]
public sealed class ToolRequest
{
    private const int Extras = 3; // their position in the body
    private readonly JsonValueCodec _codec;
    private readonly byte[] _body;
    private readonly List<(string? Name, Range Bytes)> _arguments = [];
    private readonly CancellationTokenSource _cancellation = new();

    internal ToolRequest(FakeWorker worker, in OutgoingCall call, JsonValueCodec codec)
    {
        Worker = worker;
        Call = call.Key;
        Attempt = call.Attempt;
        Remaining = call.Remaining;
        Stream = call.Window == 0 ? null : new FakeStream(this, call.Sink, call.Window);
        _body = call.Frame.ToArray();
        _codec = codec;
        Tool = ReadBody();
    }

    /// <summary>Gets the name of the tool that was called.</summary>
    public string Tool { get; }

    /// <summary>Gets the worker that runs the call.</summary>
    public FakeWorker Worker { get; }

    /// <summary>Gets the number of this attempt, from 1; more than 1 only for idempotent calls whose worker died.</summary>
    public int Attempt { get; }

    /// <summary>Gets the time that the call had left when it was sent; null without a deadline.</summary>
    public TimeSpan? Remaining { get; }

    /// <summary>Gets a token that is cancelled when the caller gives up or the worker dies.</summary>
    public CancellationToken CancellationToken => _cancellation.Token;

    /// <summary>Gets the id of the call's session; null for a call without one.</summary>
    public string? SessionId { get; private set; }

    /// <summary>Gets the number of arguments.</summary>
    public int ArgumentCount => _arguments.Count;

    internal CallKey Call { get; }

    /// <summary>Takes the items of the result; null when the caller reads it as one value.</summary>
    internal FakeStream? Stream { get; }

    /// <summary>The run time that the worker reports for the call. To be set before the answer.</summary>
    internal TimeSpan RunTime { get; set; }

    /// <summary>Returns whether there is an argument of that name.</summary>
    public bool Has(string name) => _arguments.Exists(argument => argument.Name == name);

    /// <summary>Returns an argument by name, read as results are.</summary>
    /// <exception cref="FakeToolException">There is no such argument: a <c>TypeError</c>. Unless the tool catches it, the caller gets what
    /// Python would have raised.</exception>
    public T Get<T>(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        int index = _arguments.FindIndex(argument => argument.Name == name);
        return index >= 0 ? Read<T>(index) : throw new FakeToolException("TypeError", $"{Tool}() missing 1 required argument: '{name}'");
    }

    /// <summary>Returns an argument by position, read as results are. Named arguments have the position they were written in.</summary>
    /// <exception cref="FakeToolException">There are fewer arguments: a <c>TypeError</c>.</exception>
    public T Get<T>(int position)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(position);
        return position < _arguments.Count
            ? Read<T>(position)
            : throw new FakeToolException("TypeError", $"{Tool}() missing argument {position} of {ArgumentCount}");
    }

    internal void Return(object? value)
    {
        if (Stream is { IsUsed: false } stream)
        {
            _ = ReturnItemsAsync(stream, value);
            return;
        }
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

    internal void Write(IBufferWriter<byte> body, object? value) => _codec.WriteValue(body, value);

    internal void Throw(Exception error) => Worker.Answer(this, ReplyKind.Error, ReplyBody.Copy(FakeError.Encode(error)));

    internal void Cancel() => _cancellation.Cancel();

    /// <summary>Sends the items of a list, as a Python worker does when the caller reads a stream.</summary>
    private async Task ReturnItemsAsync(FakeStream stream, object? value)
    {
        try
        {
            if (value is string or IDictionary || value is not IEnumerable items)
            {
                throw new FakeToolException(
                    "NotAStream", $"the tool returned a value of type {value?.GetType().Name ?? "null"}, which has no items to stream");
            }
            await stream.SendAsync(items.Cast<object?>().ToAsyncEnumerable()).ConfigureAwait(false);
            Return(0L);
        }
        catch (Exception error)
        {
            Throw(error);
        }
    }

    private T Read<T>(int index) => _codec.Read<T>(_body.AsSpan(_arguments[index].Bytes));

    private string ReadBody()
    {
        var reader = new Utf8JsonReader(_body);
        reader.Read();
        reader.Read();
        string tool = reader.GetString()!;
        for (int part = 1; reader.Read() && reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray; part++)
        {
            if (part < Extras)
            {
                ReadArguments(ref reader);
            }
            else
            {
                using JsonDocument extras = JsonDocument.ParseValue(ref reader);
                SessionId = extras.RootElement.TryGetProperty("session", out JsonElement session)
                    ? session.GetProperty("id").GetString()
                    : null;
            }
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
