using System.Text.Json;
using Snakepit.Frames;
using Snakepit.Telemetry;

namespace Snakepit.Workers;

/// <summary>Reads the bodies of TELEMETRY frames.</summary>
internal static class TelemetryFrame
{
    private const int LongestName = 64;
    private const int MostTags = 8;
    private const int LongestText = 256;
    private const int MostSpans = 50;

    /// <summary>Reads a signal.</summary>
    /// <exception cref="ProtocolException">The body is none.</exception>
    public static PythonSignal Read(ReadOnlySpan<byte> body) => Handshake.Parse(body, static root =>
    {
        int spans = 0;
        return Read(root, ref spans) with
        {
            Call = root.GetProperty("call").GetUInt64(),
            Dropped = root.TryGetProperty("dropped", out JsonElement dropped) ? NotNegative(dropped) : 0,
        };
    });

    private static PythonSignal Read(JsonElement signal, ref int spans)
    {
        PythonSignalKind kind = signal.GetProperty("kind").GetString() switch
        {
            "counter" => PythonSignalKind.Counter,
            "histogram" => PythonSignalKind.Histogram,
            "event" => PythonSignalKind.Event,
            "span" => PythonSignalKind.Span,
            "none" => PythonSignalKind.None,
            var other => throw new FormatException($"'{other}' is no kind."),
        };
        if (kind == PythonSignalKind.None)
        {
            return new PythonSignal(kind, "");
        }
        if (++spans > MostSpans)
        {
            throw new FormatException($"There are more than {MostSpans} spans.");
        }
        var read = new PythonSignal(kind, Text(signal.GetProperty("name"), LongestName)) { Tags = ReadTags(signal.GetProperty("tags")) };
        if (kind is PythonSignalKind.Counter or PythonSignalKind.Histogram)
        {
            double value = signal.GetProperty("value").GetDouble();
            return double.IsFinite(value) && (value >= 0 || kind == PythonSignalKind.Histogram)
                ? read with { Value = value }
                : throw new FormatException("'value' is out of range.");
        }
        read = read with { Begin = DateTimeOffset.UnixEpoch + Nanoseconds(signal.GetProperty("begin")) };
        if (kind == PythonSignalKind.Event)
        {
            return read;
        }
        List<PythonSignal> children = [];
        if (signal.TryGetProperty("children", out JsonElement below))
        {
            foreach (JsonElement child in below.EnumerateArray())
            {
                children.Add(Read(child, ref spans));
            }
        }
        return read with
        {
            Duration = Nanoseconds(signal.GetProperty("duration")),
            ErrorType = signal.TryGetProperty("error", out JsonElement error) ? Text(error, LongestText) : null,
            Children = children,
        };
    }

    private static KeyValuePair<string, object?>[] ReadTags(JsonElement tags)
    {
        KeyValuePair<string, object?>[] read =
        [
            .. tags.EnumerateObject().Select(static tag => new KeyValuePair<string, object?>(
                tag.Name.Length is > 0 and <= LongestName ? tag.Name : throw new FormatException("The name of a tag is too long."),
                tag.Value.ValueKind switch
                {
                    JsonValueKind.String => Text(tag.Value, LongestText),
                    JsonValueKind.True => true,
                    JsonValueKind.False => false,
                    _ => tag.Value.TryGetInt64(out long whole) ? (object)whole : tag.Value.GetDouble(),
                })),
        ];
        return read.Length <= MostTags ? read : throw new FormatException($"There are {read.Length} tags.");
    }

    private static TimeSpan Nanoseconds(JsonElement number) => TimeSpan.FromTicks(NotNegative(number) / TimeSpan.NanosecondsPerTick);

    private static long NotNegative(JsonElement number) =>
        number.GetInt64() is >= 0 and var value ? value : throw new FormatException("A number is negative.");

    private static string Text(JsonElement text, int longest) => text.GetString() is { } read && read.Length <= longest
        ? read
        : throw new FormatException($"A text is missing, or longer than {longest} characters.");
}
