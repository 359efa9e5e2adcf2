using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using Snakepit.Frames;
using Snakepit.Values;

namespace Snakepit.Streams;

/// <summary>Sends the items of one stream among the arguments of a call, as far as the worker has granted credit.</summary>
[SuppressMessage("Design", "CA1001", Justification = "A token source without a timer holds nothing to dispose.")]
internal sealed class ArgumentPump
{
    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _stop = new();
    private TaskCompletionSource _more = NewSignal();
    private long _items;
    private long _bytes;
    private long _sent;
    private long _sentBytes;

    private ArgumentPump()
    {
    }

    /// <summary>Starts to enumerate on the thread pool; it waits for credit.</summary>
    public static ArgumentPump Start(
        IAsyncEnumerable<object?> items, long stream, CallKey call, ICallChannel channel, JsonValueCodec codec, long maxItem)
    {
        var pump = new ArgumentPump();
        _ = Task.Run(() => pump.RunAsync(items, stream, call, channel, codec, maxItem));
        return pump;
    }

    /// <summary>Sets how many items and bytes may have been sent in all.</summary>
    /// <exception cref="ProtocolException">That is more than the worker may ask for.</exception>
    public void Grant(long items, long bytes)
    {
        if (items > Volatile.Read(ref _sent) + Protocol.MaxWindow || bytes > Volatile.Read(ref _sentBytes) + (2L * Protocol.StreamBytes))
        {
            throw new ProtocolException($"The worker asked for {items} items and {bytes} bytes of a stream in advance.");
        }
        lock (_gate)
        {
            (_items, _bytes) = (Math.Max(_items, items), Math.Max(_bytes, bytes));
            _more.TrySetResult();
            _more = NewSignal();
        }
    }

    /// <summary>Ends the enumeration. It runs user code, so it ends on the thread pool.</summary>
    public void Stop() => ThreadPool.UnsafeQueueUserWorkItem(static stop => stop.Cancel(), _stop, preferLocal: false);

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private async Task RunAsync(
        IAsyncEnumerable<object?> items, long stream, CallKey call, ICallChannel channel, JsonValueCodec codec, long maxItem)
    {
        byte[] end;
        try
        {
            IAsyncEnumerator<object?> source = items.GetAsyncEnumerator(_stop.Token);
            await using (source.ConfigureAwait(false))
            {
                await WaitAsync().ConfigureAwait(false);
                while (await source.MoveNextAsync().ConfigureAwait(false))
                {
                    Send(source.Current, stream, call, channel, codec, maxItem);
                    await WaitAsync().ConfigureAwait(false);
                }
            }
            end = FrameWriter.ItemsEnd(call.Value, stream, null);
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            return;
        }
        catch (Exception error)
        {
            end = FrameWriter.ItemsEnd(call.Value, stream, Shown.Message(error), error.GetType().Name);
        }
        channel.PostFrame(call, end);
        channel.Flush();
    }

    private void Send(object? item, long stream, CallKey call, ICallChannel channel, JsonValueCodec codec, long maxItem)
    {
        var body = new ArrayBufferWriter<byte>();
        codec.WriteValue(body, item);
        if (body.WrittenCount > maxItem)
        {
            throw new InvalidOperationException(
                $"Item {_sent} has {body.WrittenCount:N0} bytes, more than Call.MaxMessage ({maxItem:N0} bytes) allows.");
        }
        _sent++;
        _sentBytes += body.WrittenCount;
        channel.PostFrame(call, FrameWriter.HostAnswer(FrameType.Item, call.Value, stream, body.WrittenSpan));
        channel.Flush();
    }

    /// <summary>Waits for credit.</summary>
    private async ValueTask WaitAsync()
    {
        while (More() is { } more)
        {
            await more.WaitAsync(_stop.Token).ConfigureAwait(false);
        }
    }

    private Task? More()
    {
        lock (_gate)
        {
            return _sent < _items && _sentBytes < _bytes ? null : _more.Task;
        }
    }
}
