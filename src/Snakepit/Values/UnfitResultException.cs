using System.Text.Json;

namespace Snakepit.Values;

/// <summary>A result does not fit the type that it is read as. Its properties are the parts of the message.</summary>
internal sealed class UnfitResultException(string message, string received, string path, Exception? cause)
    : JsonException(message, path, (cause as JsonException)?.LineNumber, (cause as JsonException)?.BytePositionInLine, cause)
{
    /// <summary>A description of what Python sent, in Python's words.</summary>
    public string Received { get; } = received;
}
