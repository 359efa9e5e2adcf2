namespace Snakepit.Bench;

/// <summary>The measurement is invalid; the message says why.</summary>
internal sealed class InvalidRunException(string message) : Exception(message);
