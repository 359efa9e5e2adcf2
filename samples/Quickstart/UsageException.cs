namespace Quickstart;

/// <summary>The user can mend it: the message is all there is to show.</summary>
internal sealed class UsageException(string message) : Exception(message);
