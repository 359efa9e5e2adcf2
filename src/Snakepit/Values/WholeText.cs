using System.Text.Json;

namespace Snakepit.Values;

/// <summary>Finds halves of characters (lone surrogates) in JSON, whose escapes can spell them although no text can have them.</summary>
internal static class WholeText
{
    public const string Problem = "A text or a name in it has half a character (a lone surrogate such as \\ud800).";

    /// <summary>Returns whether all texts and names have whole characters.</summary>
    public static bool IsIn(JsonElement json)
    {
        using var writer = new Utf8JsonWriter(Stream.Null);
        try
        {
            json.WriteTo(writer);
            return true;
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException or JsonException)
        {
            return false;
        }
    }
}
