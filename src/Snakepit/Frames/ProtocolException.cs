namespace Snakepit.Frames;

/// <summary>Host and worker, or host and launcher, did not understand each other. Handled where it is caught: the other side is
/// replaced.</summary>
internal sealed class ProtocolException(string message) : Exception(message);
