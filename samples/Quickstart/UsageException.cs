namespace Quickstart;

/// <summary>A mistake that the user can fix; the program shows the message alone.</summary>
internal sealed class UsageException(string message) : Exception(message);
