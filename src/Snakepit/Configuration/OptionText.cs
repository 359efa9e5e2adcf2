using System.Globalization;

namespace Snakepit.Configuration;

/// <summary>Parses an option's text. Returns null, or a sentence that says what the text must look like.</summary>
internal delegate string? OptionReader<T>(string? text, out T value);

/// <summary>Parses and formats the texts of options. A reader rejects what it would have to guess.</summary>
internal static class OptionText
{
    public static string? Number(string? text, out int value) =>
        int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value)
            ? null
            : "it takes a whole number such as '4'.";

    public static string? Fraction(string? text, out double value) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out value)
            ? null
            : "it takes a number such as '0.2'.";

    public static string? Duration(string? text, out TimeSpan value)
    {
        if (DurationText.TryParse(text, out value))
        {
            return null;
        }
        return IsBareNumber(text, out int count)
            ? string.Create(
                CultureInfo.InvariantCulture,
                $"a duration needs its unit: write '{count}s' or '{TimeSpan.FromSeconds(count):c}' for seconds.")
            : "it takes a duration such as '90s' or '00:01:30', with a unit of ms, s, m, h or d.";
    }

    public static string? Size(string? text, out MemorySize value)
    {
        if (MemorySize.TryParse(text, out value))
        {
            return null;
        }
        return IsBareNumber(text, out int count)
            ? string.Create(CultureInfo.InvariantCulture, $"a size needs its unit: write '{count}MiB' or '{count}MB' for megabytes.")
            : "it takes a size such as '512MiB' or '500MB', with a unit of B, KiB, MiB, GiB, TiB, KB, MB, GB or TB.";
    }

    /// <summary>
    /// Returns whether an optional setting is off: JSON's null, an empty text (the only form in environment variables) or <c>"null"</c>.
    /// </summary>
    public static bool IsOff(string? text) => string.IsNullOrWhiteSpace(text) || text.Equals("null", StringComparison.OrdinalIgnoreCase);

    /// <summary>Returns the text of a value as configuration spells it.</summary>
    public static string Format(object? value) => value switch
    {
        null => "null",
        TimeSpan duration => DurationText.Format(duration),
        bool flag => flag ? "true" : "false",
        _ => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "",
    };

    private static bool IsBareNumber(string? text, out int count) =>
        int.TryParse(text, NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out count);
}
