using System.Collections.Concurrent;

namespace Snakepit.Workers;

/// <summary>Writes to a stream that only has blocking writes, so that no other thread has to wait.</summary>
internal sealed class StreamWriterThread
{
    private const int Stack = 256 * 1024;
    private readonly BlockingCollection<byte[]> _waiting = [];
    private readonly Stream _stream;

    public StreamWriterThread(Stream stream, string name)
    {
        _stream = stream;
        new Thread(Run, Stack) { IsBackground = true, Name = name }.UnsafeStart();
    }

    /// <summary>Queues bytes; has no effect after <see cref="End"/>.</summary>
    public void Post(byte[] bytes)
    {
        try
        {
            _waiting.Add(bytes);
        }
        catch (InvalidOperationException)
        {
            // The stream has ended.
        }
    }

    /// <summary>Ends the stream after the queued bytes.</summary>
    public void End() => _waiting.CompleteAdding();

    private void Run()
    {
        try
        {
            foreach (byte[] bytes in _waiting.GetConsumingEnumerable())
            {
                _stream.Write(bytes);
                _stream.Flush();
            }
            _stream.Dispose();
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or UnauthorizedAccessException)
        {
            _waiting.CompleteAdding(); // there is no reader any more; the exit follows
        }
    }
}
