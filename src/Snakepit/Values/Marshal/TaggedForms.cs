using System.Text;
using System.Text.Json;

namespace Snakepit.Values.Marshal;

/// <summary>A type that is sent as a tag and a text. Also reads a string without a tag.</summary>
internal sealed class TaggedTextForm<T>(string tag, TaggedTextConverter<T>.Format format, Func<string, T> parse) : MarshalForm<T>
    where T : struct
{
    private const int LongestText = 64;

    private readonly byte[] _tag = Encoding.ASCII.GetBytes(tag);

    protected override void WriteValue(ref MarshalWriter writer, T value)
    {
        Span<char> text = stackalloc char[LongestText];
        writer.WriteTagStart(_tag);
        writer.WriteText("v"u8);
        writer.WriteText(text[..format(value, text)]);
        writer.WriteMapEnd();
    }

    protected override bool TryReadValue(ref MarshalReader reader, out T value)
    {
        value = default;
        string text;
        if (reader.Peek() == MarshalType.Text)
        {
            text = MarshalText.Decode(reader.ReadText());
        }
        else if (MarshalTag.TryRead(ref reader, out ReadOnlySpan<byte> tag) && tag.SequenceEqual(_tag)
            && MarshalTag.TryReadText(ref reader, out ReadOnlySpan<byte> tagged))
        {
            text = MarshalText.Decode(tagged);
        }
        else
        {
            return false;
        }
        try
        {
            value = parse(text);
            return true;
        }
        catch (Exception error) when (error is FormatException or OverflowException or ArgumentException or JsonException)
        {
            return false; // the JSON reader explains why
        }
    }
}

/// <summary>TimeSpan as whole microseconds.</summary>
internal sealed class DurationForm : MarshalForm<TimeSpan>
{
    protected override void WriteValue(ref MarshalWriter writer, TimeSpan value)
    {
        writer.WriteTagStart("timedelta"u8);
        writer.WriteText("v"u8);
        writer.WriteInteger(value.Ticks / TimeSpan.TicksPerMicrosecond);
        writer.WriteMapEnd();
    }

    protected override bool TryReadValue(ref MarshalReader reader, out TimeSpan value)
    {
        value = default;
        if (!MarshalTag.TryRead(ref reader, out ReadOnlySpan<byte> tag) || !tag.SequenceEqual("timedelta"u8)
            || !MarshalTag.TryReadName(ref reader, "v"u8) || !reader.TryReadInteger(out long microseconds) || reader.ReadKey(out _)
            || microseconds is > long.MaxValue / TimeSpan.TicksPerMicrosecond or < long.MinValue / TimeSpan.TicksPerMicrosecond)
        {
            return false;
        }
        value = new TimeSpan(microseconds * TimeSpan.TicksPerMicrosecond);
        return true;
    }
}
