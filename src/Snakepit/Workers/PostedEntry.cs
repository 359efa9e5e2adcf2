using Snakepit.Frames;

namespace Snakepit.Workers;

/// <summary>
/// A frame for the data channel, or a control frame without a body. Unless it is a CALL, only the call's key and the frame may be set.
/// </summary>
internal readonly record struct PostedEntry(FrameType Type, OutgoingCall Call = default)
{
    public bool IsFrame => Type is FrameType.Call or FrameType.Init || BelongsToCall;

    /// <summary>Whether it is a frame for a call that was sent.</summary>
    public bool BelongsToCall => FrameHeader.IsOfRunningCall(Type);
}
