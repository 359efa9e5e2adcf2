using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using Snakepit.Frames;
using Snakepit.Tools;

namespace Snakepit.Streams;

/// <summary>Sends the items of one stream that a call reads, as far as the worker has granted credit.</summary>
[SuppressMessage("Design", "CA1001", Justification = "A token source without a timer holds nothing to dispose.")]
internal sealed class ItemPump
{
    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly ItemTarget _target;
    private TaskCompletionSource _more = NewSignal();
    private long _items;
    private long _bytes;
    private long _sent;
    private long _sentBytes;

    private ItemPump(ItemTarget target) => _target = target;

    /// <summary>Completes when the enumeration has ended.</summary>
    public Task Completion { get; private set; } = Task.CompletedTask;

    /// <summary>Starts to enumerate on the thread pool, in the present execution context; it waits for credit.</summary>
    public static ItemPump Start(IAsyncEnumerable<object?> items, ItemTarget target)
    {
        var pump = new ItemPump(target);
        pump.Completion = Task.Run(() => pump.RunAsync(items));
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

    /// <summary>
    /// Ends the enumeration, on the thread pool, because it runs user code. What this throws is an unobserved exception of a task, and not
    /// the end of the host.
    /// </summary>
    public void Stop() => _ = _stop.CancelAsync();

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private async Task RunAsync(IAsyncEnumerable<object?> items)
    {
        byte[] error = [];
        try
        {
            IAsyncEnumerator<object?> source = items.GetAsyncEnumerator(_stop.Token);
            await using (source.ConfigureAwait(false))
            {
                await WaitAsync().ConfigureAwait(false);
                while (await source.MoveNextAsync().ConfigureAwait(false))
                {
                    Send(source.Current);
                    await WaitAsync().ConfigureAwait(false);
                }
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            return;
        }
        catch (Exception thrown)
        {
            error = ErrorBody.Of(thrown, _target.SendsStacks);
        }
        Post(FrameWriter.ItemsEnd(_target.Call.Value, _target.Stream, error));
    }

    private void Send(object? item)
    {
        var body = new ArrayBufferWriter<byte>();
        _target.Codec.WriteValue(body, item);
        if (body.WrittenCount > _target.MaxItem)
        {
            throw new InvalidOperationException(
                $"Item {_sent} has {body.WrittenCount:N0} bytes, more than Call.MaxMessage ({_target.MaxItem:N0} bytes) allows.");
        }
        _sent++;
        _sentBytes += body.WrittenCount;
        Post(FrameWriter.HostAnswer(FrameType.Item, _target.Call.Value, _target.Stream, body.WrittenSpan));
    }

    private void Post(byte[] frame)
    {
        _target.Channel.PostFrame(_target.Call, frame);
        _target.Channel.Flush();
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
