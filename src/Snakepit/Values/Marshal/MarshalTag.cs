namespace Snakepit.Values.Marshal;

/// <summary>Finds its way through tagged values: maps whose first key is the tag.</summary>
internal static class MarshalTag
{
    public static bool IsTag(ReadOnlySpan<byte> key) => key.SequenceEqual(Tagged.TagName.EncodedUtf8Bytes);

    /// <summary>Reads the start of a tagged value and its tag. False when something else comes next: then the reader stands
    /// anywhere.</summary>
    public static bool TryRead(ref MarshalReader reader, out ReadOnlySpan<byte> tag)
    {
        tag = default;
        if (reader.Peek() != MarshalType.Map)
        {
            return false;
        }
        reader.ReadMapStart();
        if (!reader.ReadKey(out ReadOnlySpan<byte> key) || !IsTag(key) || reader.Peek() != MarshalType.Text)
        {
            return false;
        }
        tag = reader.ReadText();
        return true;
    }

    /// <summary>Reads the next key; false when it is not this one.</summary>
    public static bool TryReadName(ref MarshalReader reader, ReadOnlySpan<byte> name) =>
        reader.ReadKey(out ReadOnlySpan<byte> key) && key.SequenceEqual(name);

    /// <summary>Reads the text that is all a tagged value has, and its end; false when there is something else.</summary>
    public static bool TryReadText(ref MarshalReader reader, out ReadOnlySpan<byte> text)
    {
        text = default;
        if (!TryReadName(ref reader, "v"u8) || reader.Peek() != MarshalType.Text)
        {
            return false;
        }
        text = reader.ReadText();
        return !reader.ReadKey(out _);
    }
}
