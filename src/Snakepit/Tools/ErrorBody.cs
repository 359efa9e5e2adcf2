using System.Text.Json;

namespace Snakepit.Tools;

/// <summary>Describes exceptions of the host's code for Python, as json.</summary>
internal static class ErrorBody
{
    private const int LongestStack = 32_000;

    /// <summary>Returns the type and the message of an exception, and its stack if it is asked for.</summary>
    public static byte[] Of(Exception error, bool withStack)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            json.WriteString("type", error.GetType().Name);
            json.WriteString("message", Shown.Message(error));
            if (withStack)
            {
                json.WriteString("stack", Shown.Text(StackOf(error), LongestStack));
            }
            json.WriteEndObject();
        }
        return stream.ToArray();
    }

    private static string StackOf(Exception error)
    {
        try
        {
            return error.ToString();
        }
        catch (Exception) // of the exception's own code
        {
            return error.StackTrace ?? "";
        }
    }
}
