using System.Collections.Concurrent;
using System.Text;
using Snakepit.Frames;

namespace Snakepit.Calls;

/// <summary>A call's sink that records its frames.</summary>
internal sealed class RecordingSink : ICallSink
{
    public ConcurrentQueue<string> Frames { get; } = new();

    public void OnFrame(
        ICallChannel channel, in FrameHeader header, ReadOnlySpan<byte> extension, ReadOnlySpan<byte> body, bool isStaged) =>
        Frames.Enqueue($"{(int)header.Type}: {Encoding.UTF8.GetString(body)}");
}
