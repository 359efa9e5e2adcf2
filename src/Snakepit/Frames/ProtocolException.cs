namespace Snakepit.Frames;

/// <summary>Host and worker, or host and launcher, violated the protocol. The code that catches it replaces the other side.</summary>
internal sealed class ProtocolException(string message) : Exception(message);
