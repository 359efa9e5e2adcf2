using Snakepit.Frames;

namespace Snakepit.Workers;

/// <summary>A frame for the data channel, or an order for the control channel that says all by its type. Unless it is a CALL, only the call's key or the
/// frame is set.</summary>
internal readonly record struct PostedEntry(FrameType Type, OutgoingCall Call = default)
{
    public bool IsFrame => Type is FrameType.Call or FrameType.Init;
}
