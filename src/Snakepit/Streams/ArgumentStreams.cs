using System.Buffers.Binary;
using Snakepit.Frames;
using Snakepit.Values;

namespace Snakepit.Streams;

/// <summary>The streams among the arguments of one call.</summary>
/// <param name="sources">The streams, by their numbers.</param>
/// <param name="codec">Writes the items.</param>
/// <param name="maxItem">The most bytes that an item may have.</param>
internal sealed class ArgumentStreams(IReadOnlyList<IAsyncEnumerable<object?>> sources, JsonValueCodec codec, long maxItem)
    : IArgumentStreams
{
    private const int CreditSize = 16;
    private readonly Lock _gate = new();
    private readonly ArgumentPump?[] _pumps = new ArgumentPump?[sources.Count];
    private (ICallChannel Channel, CallKey Call)? _worker; // once it has asked for items
    private bool _ended;

    public void OnCredit(ICallChannel channel, CallKey call, long stream, ReadOnlySpan<byte> body)
    {
        if (body.Length != CreditSize)
        {
            throw new ProtocolException($"A CREDIT frame has {body.Length} bytes.");
        }
        if (stream < 0 || stream >= _pumps.Length)
        {
            throw new ProtocolException($"The call has no stream {stream} among its arguments.");
        }
        ArgumentPump pump;
        lock (_gate)
        {
            if (_ended)
            {
                channel.PostFrame(call, FrameWriter.Stop(call.Value)); // dropped if the worker has ended the call itself
                channel.Flush();
                return;
            }
            _worker = (channel, call);
            pump = _pumps[stream] ??= ArgumentPump.Start(sources[(int)stream], stream, call, channel, codec, maxItem);
        }
        pump.Grant(BinaryPrimitives.ReadInt64LittleEndian(body), BinaryPrimitives.ReadInt64LittleEndian(body[sizeof(long)..]));
    }

    public void OnStop(long stream)
    {
        if (stream >= 0 && stream < _pumps.Length)
        {
            Volatile.Read(ref _pumps[stream])?.Stop();
        }
    }

    public void OnEnded(bool byWorker)
    {
        (ICallChannel Channel, CallKey Call)? worker;
        lock (_gate)
        {
            _ended = true;
            worker = _worker;
        }
        if (!byWorker && worker is var (channel, call))
        {
            channel.PostFrame(call, FrameWriter.Stop(call.Value)); // it may wait for an item that will not come
            channel.Flush();
        }
        foreach (ArgumentPump? pump in _pumps)
        {
            pump?.Stop();
        }
    }
}
