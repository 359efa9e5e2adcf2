namespace Snakepit.Bench;

/// <summary>What was measured means nothing; the message says why.</summary>
internal sealed class InvalidRunException(string message) : Exception(message);
