using System.Text.Json;

namespace Snakepit.Values;

/// <summary>Reads the pairs of a tagged map: <c>[[key,value],…]</c>.</summary>
internal static class MapPairs
{
    public static void ReadStart(ref Utf8JsonReader reader) => Expect(reader.TokenType == JsonTokenType.StartArray);

    /// <summary>Moves to the next pair's key; returns false at the end.</summary>
    public static bool ReadNext(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.EndArray)
        {
            return false;
        }
        Expect(reader.TokenType == JsonTokenType.StartArray);
        reader.Read();
        return true;
    }

    public static void ReadPairEnd(ref Utf8JsonReader reader)
    {
        reader.Read();
        Expect(reader.TokenType == JsonTokenType.EndArray);
    }

    private static void Expect(bool condition)
    {
        if (!condition)
        {
            throw new JsonException("Malformed map.");
        }
    }
}
