namespace Snakepit.Tools;

/// <summary>Python has called a host tool that does not exist.</summary>
internal sealed class HostToolNotFoundException(string message) : Exception(message);
