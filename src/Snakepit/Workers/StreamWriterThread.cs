using System.Collections.Concurrent;

namespace Snakepit.Workers;

/// <summary>Writes to a stream that has no other way than to wait, so that nobody else has to.</summary>
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

    /// <summary>Takes what is to be written; after <see cref="End"/> nothing.</summary>
    public void Post(byte[] bytes)
    {
        try
        {
            _waiting.Add(bytes);
        }
        catch (InvalidOperationException)
        {
            // It has ended.
        }
    }

    /// <summary>The stream ends after what was posted.</summary>
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
            _waiting.CompleteAdding(); // nobody reads any more; the exit will tell
        }
    }
}
