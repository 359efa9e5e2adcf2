using Snakepit.Frames;

namespace Snakepit.Calls;

/// <summary>
/// The host's end of one call. The frame that ends the call becomes its outcome through the pool's kernel. All other frames of the call
/// come here, straight from the worker's channel.
/// </summary>
internal interface ICallSink
{
    /// <summary>
    /// Takes a frame that does not end the call, on the thread that reads the channel and without the pool's lock. Must not block. A frame
    /// may still come when the pool has ended the call, until the worker has ended it too.
    /// </summary>
    /// <param name="channel">The channel, for an answer.</param>
    /// <param name="header">The frame's header.</param>
    /// <param name="extension">The part of the header beyond the fixed one.</param>
    /// <param name="body">The frame's body, valid until this returns.</param>
    /// <param name="isStaged">
    /// True when the frame was read from the shared page, on any thread: it may come through the channel too, and frames before it may
    /// still be in the channel.
    /// </param>
    /// <exception cref="ProtocolException">The call accepts no such frame. The worker is killed.</exception>
    void OnFrame(ICallChannel channel, in FrameHeader header, ReadOnlySpan<byte> extension, ReadOnlySpan<byte> body, bool isStaged);
}
