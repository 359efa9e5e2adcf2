using System.Diagnostics;
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
    private readonly Lock _gate = new();
    private readonly Activity? _span = Activity.Current; // of the call, when there is one
    private readonly ItemPump?[] _pumps = new ItemPump?[sources.Count];
    private (ICallChannel Channel, CallKey Call)? _worker; // once it has asked for items
    private bool _ended;

    public void OnCredit(ICallChannel channel, CallKey call, long stream, ReadOnlySpan<byte> body)
    {
        (long items, long bytes) = FrameHeader.ReadCredit(body);
        if (stream < 0 || stream >= _pumps.Length)
        {
            throw new ProtocolException($"The call has no stream {stream} among its arguments.");
        }
        ItemPump pump;
        lock (_gate)
        {
            if (_ended)
            {
                channel.PostFrame(call, FrameWriter.Stop(call.Value)); // dropped if the worker has ended the call itself
                channel.Flush();
                return;
            }
            _worker = (channel, call);
            pump = _pumps[stream] ??= Start(sources[(int)stream], new ItemTarget(channel, call, stream, codec, maxItem));
        }
        pump.Grant(items, bytes);
    }

    /// <summary>Starts to enumerate in the call's span: what the stream does belongs to the trace of its call.</summary>
    private ItemPump Start(IAsyncEnumerable<object?> source, ItemTarget target)
    {
        Activity? before = Activity.Current;
        Activity.Current = _span;
        try
        {
            return ItemPump.Start(source, target);
        }
        finally
        {
            Activity.Current = before;
        }
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
        foreach (ItemPump? pump in _pumps)
        {
            pump?.Stop();
        }
    }
}
