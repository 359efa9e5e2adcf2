using System.Text.Json;
using System.Text.Json.Serialization;

namespace Snakepit.Values;

/// <summary>Converts TimeSpan to whole microseconds, the resolution of Python's timedelta.</summary>
internal sealed class DurationConverter : JsonConverter<TimeSpan>
{
    private static readonly TaggedTextConverter<TimeOnly> s_times = new("time", TextForms.Format, TextForms.ParseTime);

    public override TimeSpan Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        Utf8JsonReader start = reader;
        if (Tagged.TryReadTag(ref reader) && reader.ValueTextEquals("timedelta"u8))
        {
            return ReadTagged(ref reader);
        }
        reader = start;
        if (Tagged.TryReadTag(ref reader) && reader.ValueTextEquals("time"u8))
        {
            reader = start;
            return s_times.Read(ref reader, typeof(TimeOnly), options).ToTimeSpan();
        }
        reader = start;
        return SingleElement.Read(ref reader, this, options);
    }

    public override void Write(Utf8JsonWriter writer, TimeSpan value, JsonSerializerOptions options)
    {
        Tagged.WriteStart(writer, "timedelta"u8);
        writer.WriteNumber(Tagged.ValueName, value.Ticks / TimeSpan.TicksPerMicrosecond);
        writer.WriteEndObject();
    }

    public static TimeSpan ReadTagged(ref Utf8JsonReader reader)
    {
        Tagged.ReadMember(ref reader, "v"u8);
        if (reader.TokenType != JsonTokenType.Number || !reader.TryGetDecimal(out decimal microseconds)
            || Math.Abs(microseconds) > long.MaxValue / TimeSpan.TicksPerMicrosecond)
        {
            throw new JsonException("The timedelta is out of the range of TimeSpan.");
        }
        Tagged.ReadEnd(ref reader);
        decimal ticks = microseconds * TimeSpan.TicksPerMicrosecond;
        return decimal.IsInteger(ticks)
            ? new TimeSpan((long)ticks)
            : throw new JsonException("The timedelta is finer than 100 ns, which TimeSpan cannot hold.");
    }
}
