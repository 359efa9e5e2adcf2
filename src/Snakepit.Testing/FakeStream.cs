using System.Buffers;
using System.Buffers.Binary;
using Snakepit.Frames;

namespace Snakepit.Testing;

/// <summary>Sends the items of a fake tool as far as the host grants credit, as a Python worker does.</summary>
internal sealed class FakeStream(ToolRequest request, ICallSink sink, long window)
{
    private readonly Lock _gate = new();
    private TaskCompletionSource _more = NewSignal();
    private long _items = window;
    private long _bytes = Protocol.StreamBytes;
    private long _sent;
    private long _sentBytes;

    /// <summary>Whether items have been or are being sent.</summary>
    public bool IsUsed { get; private set; }

    /// <summary>Takes a frame of the host.</summary>
    public void Take(ReadOnlySpan<byte> frame)
    {
        if ((FrameType)frame[FrameHeader.TypeOffset] == FrameType.Stop)
        {
            request.Cancel();
        }
        else
        {
            Grant(
                BinaryPrimitives.ReadInt64LittleEndian(frame[Protocol.HeaderSize..]),
                BinaryPrimitives.ReadInt64LittleEndian(frame[(Protocol.HeaderSize + sizeof(long))..]));
        }
    }

    /// <summary>Sends all items, until the caller takes no more of them.</summary>
    public async Task SendAsync<T>(IAsyncEnumerable<T> items)
    {
        IsUsed = true;
        await foreach (T item in items.WithCancellation(request.CancellationToken).ConfigureAwait(false))
        {
            Send(item);
            while (More() is { } more)
            {
                await more.WaitAsync(request.CancellationToken).ConfigureAwait(false);
            }
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private void Send(object? item)
    {
        var body = new ArrayBufferWriter<byte>();
        request.Write(body, item);
        byte[] extension = new byte[Protocol.ExtendedHeaderSize - Protocol.HeaderSize];
        BinaryPrimitives.WriteInt64LittleEndian(extension, _sent);
        _sent++;
        _sentBytes += body.WrittenCount;
        var header = new FrameHeader(
            Protocol.ExtendedHeaderSize + body.WrittenCount, FrameType.Chunk, request.Call.Value, 0, Protocol.ExtendedHeaderSize);
        request.Worker.Do(() => sink.OnFrame(request.Worker.Channel, header, extension, body.WrittenSpan, isStaged: false));
    }

    private void Grant(long items, long bytes)
    {
        lock (_gate)
        {
            (_items, _bytes) = (items, bytes);
            _more.TrySetResult();
            _more = NewSignal();
        }
    }

    /// <summary>Returns what completes when there may be more credit; null when there is credit.</summary>
    private Task? More()
    {
        lock (_gate)
        {
            return _sent < _items && _sentBytes < _bytes ? null : _more.Task;
        }
    }
}
