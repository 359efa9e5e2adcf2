using System.Globalization;
using System.Text.Json;

namespace Snakepit.Values;

/// <summary>
/// Formats and parses the texts of dates, times and decimals: ISO 8601 without a fraction, with six digits, or with seven where .NET has
/// more than Python.
/// </summary>
internal static class TextForms
{
    // Exactly these forms: .NET would also accept a point in time without a date, and use today's.
    private const string Moment = "yyyy-MM-dd'T'HH:mm:ss.FFFFFFF";

    private const int DateLength = 10;

    private static readonly CultureInfo s_culture = CultureInfo.InvariantCulture;

    public static int Format(DateTimeOffset value, Span<char> destination) =>
        Written(value.TryFormat(destination, out int length, Fraction(value.Ticks) switch
        {
            0 => "yyyy-MM-dd'T'HH:mm:sszzz",
            6 => "yyyy-MM-dd'T'HH:mm:ss.ffffffzzz",
            _ => "yyyy-MM-dd'T'HH:mm:ss.fffffffzzz",
        }, s_culture), length);

    public static int Format(DateTime value, Span<char> destination) =>
        value.Kind != DateTimeKind.Unspecified
            ? Format(new DateTimeOffset(value), destination)
            : Written(value.TryFormat(destination, out int length, Fraction(value.Ticks) switch
            {
                0 => "yyyy-MM-dd'T'HH:mm:ss",
                6 => "yyyy-MM-dd'T'HH:mm:ss.ffffff",
                _ => "yyyy-MM-dd'T'HH:mm:ss.fffffff",
            }, s_culture), length);

    public static int Format(DateOnly value, Span<char> destination) =>
        Written(value.TryFormat(destination, out int length, "yyyy-MM-dd", s_culture), length);

    public static int Format(TimeOnly value, Span<char> destination) =>
        Written(value.TryFormat(destination, out int length, Fraction(value.Ticks) switch
        {
            0 => "HH:mm:ss",
            6 => "HH:mm:ss.ffffff",
            _ => "HH:mm:ss.fffffff",
        }, s_culture), length);

    public static int Format(Guid value, Span<char> destination) => Written(value.TryFormat(destination, out int length), length);

    public static int Format(decimal value, Span<char> destination) =>
        Written(value.TryFormat(destination, out int length, default, s_culture), length);

    public static bool HasOffset(string text) => text.Length > 10 && text.AsSpan(10).IndexOfAny('+', '-', 'Z') >= 0;

    public static DateTimeOffset ParseDateTimeOffset(string text) =>
        HasOffset(text)
            ? DateTimeOffset.ParseExact(text, Moment + "K", s_culture)
            : throw new JsonException($"'{Shown.Text(text)}' has no offset: read it as DateTime, or return an aware datetime.");

    /// <summary>Parses a point in time; a date stands for its first moment.</summary>
    public static DateTime ParseDateTime(string text) =>
        text.Length == DateLength ? ParseDate(text).ToDateTime(TimeOnly.MinValue)
        : HasOffset(text) ? DateTimeOffset.ParseExact(text, Moment + "K", s_culture).UtcDateTime
        : DateTime.ParseExact(text, Moment, s_culture);

    /// <summary>Parses a date. Accepts a naive point in time as well, when it is the first moment of a date.</summary>
    public static DateOnly ParseDate(string text)
    {
        if (text.Length == DateLength)
        {
            return DateOnly.ParseExact(text, "yyyy-MM-dd", s_culture);
        }
        DateTime moment = ParseDateTime(text);
        return moment.Kind == DateTimeKind.Unspecified && moment.TimeOfDay == TimeSpan.Zero
            ? DateOnly.FromDateTime(moment)
            : throw new JsonException($"'{Shown.Text(text)}' is not only a date.");
    }

    public static TimeOnly ParseTime(string text) => TimeOnly.Parse(text, s_culture);

    /// <summary>Parses a decimal. Rejects more than 28 digits, which <see cref="decimal.Parse(string)"/> would round.</summary>
    public static decimal ParseDecimal(string text)
    {
        decimal value = decimal.Parse(text, NumberStyles.Float, s_culture);
        return Digits(value.ToString(s_culture)) == Digits(text)
            ? value
            : throw new JsonException($"'{Shown.Text(text)}' has more digits than a decimal holds.");
    }

    private static string Digits(string number)
    {
        int exponent = number.AsSpan().IndexOfAny('e', 'E');
        string mantissa = exponent < 0 ? number : number[..exponent];
        return mantissa.Replace(".", "", StringComparison.Ordinal).TrimStart('+', '-', '0').TrimEnd('0');
    }

    private static int Fraction(long ticks) => ticks % TimeSpan.TicksPerSecond == 0 ? 0 : ticks % TimeSpan.TicksPerMicrosecond == 0 ? 6 : 7;

    private static int Written(bool written, int length) => written ? length : throw new JsonException("The text form is too long.");
}
