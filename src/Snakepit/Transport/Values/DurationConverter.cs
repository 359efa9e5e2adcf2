using System.Text.Json;
using System.Text.Json.Serialization;

namespace Snakepit.Transport.Values;

/// <summary>TimeSpan as whole microseconds, all that Python's timedelta holds.</summary>
internal sealed class DurationConverter : JsonConverter<TimeSpan>
{
    public override TimeSpan Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        Utf8JsonReader start = reader;
        return Tagged.TryReadTag(ref reader) && reader.ValueTextEquals("timedelta"u8)
            ? ReadTagged(ref reader)
            : throw Tagged.Mismatch<TimeSpan>(ref start);
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
        if (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt64(out long microseconds)
            || microseconds is > long.MaxValue / TimeSpan.TicksPerMicrosecond or < long.MinValue / TimeSpan.TicksPerMicrosecond)
        {
            throw new JsonException("The timedelta is out of the range of TimeSpan.");
        }
        Tagged.ReadEnd(ref reader);
        return new TimeSpan(microseconds * TimeSpan.TicksPerMicrosecond);
    }
}
