using System.Diagnostics;
using Snakepit.Frames;
using Snakepit.Streams;
using Snakepit.Telemetry;

namespace Snakepit.Pools;

/// <summary>Encodes calls in the format of the pool's workers.</summary>
internal sealed class CallEncoder(PoolContext pool, ToolCatalog catalog, SessionBook sessions, CallErrors errors)
{
    /// <summary>Encodes a call, with the session that its options name.</summary>
    /// <exception cref="ArgumentException">The arguments cannot be sent.</exception>
    public EncodedCall Encode(CallBody body, string tool, in ToolArguments arguments, ToolCallOptions? options)
    {
        Activity? span = SnakepitTracing.Current;
        CallExtras extras = span is null ? default : new CallExtras(null, span.Id, span.TraceStateString);
        if (options?.Session is not WorkerSession session)
        {
            return new EncodedCall(null, Encode(body, tool, arguments, extras));
        }
        (SessionRecord record, EncodedSession encoded) = session.Current;
        try
        {
            return new EncodedCall(record, Encode(body, tool, arguments, extras with { Session = encoded }));
        }
        catch
        {
            sessions.Withdraw(record);
            throw;
        }
    }

    private ArgumentStreams? Encode(CallBody body, string tool, in ToolArguments arguments, in CallExtras extras)
    {
        try
        {
            EncodeValues(body, tool, arguments, extras);
            return null;
        }
        catch (ArgumentException) when (StreamFinder.Extract(arguments, out _).Count > 0)
        {
            IReadOnlyList<IAsyncEnumerable<object?>> streams = StreamFinder.Extract(arguments, out ToolArguments replaced);
            body.Reset();
            EncodeValues(body, tool, replaced, extras);
            return new ArgumentStreams(streams, pool.Codecs.Json, pool.Options.Call.MaxMessage.Bytes);
        }
    }

    private void EncodeValues(CallBody body, string tool, in ToolArguments arguments, in CallExtras extras)
    {
        BodyFormat format = catalog.Format; // read once, because the first worker may become ready meanwhile
        body.Format = format;
        body.Limit = (int)pool.Options.Call.MaxMessage.Bytes;
        try
        {
            pool.Codecs.Of(format).WriteCall(body, tool, arguments, extras);
        }
        catch (MessageTooLargeException)
        {
            throw errors.TooLarge(tool, "more bytes", nameof(arguments));
        }
        if (body.BodyLength > body.Limit)
        {
            throw errors.TooLarge(tool, $"{body.BodyLength:N0} bytes, more", nameof(arguments));
        }
    }
}
