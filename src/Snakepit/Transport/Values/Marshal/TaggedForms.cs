using System.Text;

namespace Snakepit.Transport.Values.Marshal;

/// <summary>A type that travels as a tag and a text. Reading it is json's: there are several spellings.</summary>
internal sealed class TaggedTextForm<T>(string tag, TaggedTextConverter<T>.Format format) : MarshalForm<T>
    where T : struct
{
    private const int LongestText = 64;

    private readonly byte[] _tag = Encoding.ASCII.GetBytes(tag);

    public override void Write(ref MarshalWriter writer, T value)
    {
        Span<char> text = stackalloc char[LongestText];
        writer.WriteTagStart(_tag);
        writer.WriteText("v"u8);
        writer.WriteText(text[..format(value, text)]);
        writer.WriteMapEnd();
    }

    public override bool TryRead(ref MarshalReader reader, out T value)
    {
        value = default;
        return false;
    }
}

/// <summary>TimeSpan as whole microseconds.</summary>
internal sealed class DurationForm : MarshalForm<TimeSpan>
{
    public override void Write(ref MarshalWriter writer, TimeSpan value)
    {
        writer.WriteTagStart("timedelta"u8);
        writer.WriteText("v"u8);
        writer.WriteInteger(value.Ticks / TimeSpan.TicksPerMicrosecond);
        writer.WriteMapEnd();
    }

    public override bool TryRead(ref MarshalReader reader, out TimeSpan value)
    {
        value = default;
        return false;
    }
}
