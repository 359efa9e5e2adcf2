namespace Snakepit.Values.Marshal;

/// <summary>Reads tagged values: maps whose first key is the tag.</summary>
internal static class MarshalTag
{
    public static bool IsTag(ReadOnlySpan<byte> key) => key.SequenceEqual(Tagged.TagName.EncodedUtf8Bytes);

    /// <summary>
    /// Reads the start of a tagged value and its tag. Returns false when something else comes next; the reader's position is then
    /// undefined.
    /// </summary>
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

    /// <summary>Reads the next key. Returns false when it is another one.</summary>
    public static bool TryReadName(ref MarshalReader reader, ReadOnlySpan<byte> name) =>
        reader.ReadKey(out ReadOnlySpan<byte> key) && key.SequenceEqual(name);

    /// <summary>Reads the text and the end of a tagged value that has nothing else. Returns false for other content.</summary>
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
