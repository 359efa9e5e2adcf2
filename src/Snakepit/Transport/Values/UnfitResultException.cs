using System.Text.Json;

namespace Snakepit.Transport.Values;

/// <summary>A result that does not fit the type it is read as, with what the message says of it in parts.</summary>
internal sealed class UnfitResultException(string message, string received, string path, Exception? cause)
    : JsonException(message, path, (cause as JsonException)?.LineNumber, (cause as JsonException)?.BytePositionInLine, cause)
{
    /// <summary>What Python sent, in its words.</summary>
    public string Received { get; } = received;
}
