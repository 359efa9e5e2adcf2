using System.Globalization;

namespace Snakepit.Hosting;

/// <summary>Reads an option's text. Returns null, or a sentence that says what the text must look like.</summary>
internal delegate string? OptionReader<T>(string? text, out T value);

/// <summary>The kinds of text that options take. Each reader refuses what it would have to guess.</summary>
internal static class OptionText
{
    public static string? Text(string? text, out string value)
    {
        value = text ?? "";
        return text is null ? "it takes a text; remove the setting to keep its default." : null;
    }

    public static string? TextOrNull(string? text, out string? value)
    {
        value = IsOff(text) ? null : text;
        return null;
    }

    public static string? WholeNumber(string? text, out int value) =>
        int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value)
            ? null
            : "it takes a whole number such as '4'.";

    public static string? WholeNumberOrNull(string? text, out int? value)
    {
        value = null;
        if (IsOff(text))
        {
            return null;
        }
        if (WholeNumber(text, out int number) is not null)
        {
            return "it takes a whole number such as '4', or 'null'.";
        }
        value = number;
        return null;
    }

    public static string? Fraction(string? text, out double value) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out value)
            ? null
            : "it takes a number such as '0.2'.";

    public static string? FractionOrNull(string? text, out double? value)
    {
        value = null;
        if (IsOff(text))
        {
            return null;
        }
        if (Fraction(text, out double number) is not null)
        {
            return "it takes a number such as '0.2', or 'null'.";
        }
        value = number;
        return null;
    }

    public static string? Switch(string? text, out bool value) =>
        bool.TryParse(text, out value) ? null : "it takes 'true' or 'false'.";

    public static string? Duration(string? text, out TimeSpan value)
    {
        if (DurationText.TryParse(text, out value))
        {
            return null;
        }
        return IsBareNumber(text, out int count)
            ? string.Create(CultureInfo.InvariantCulture, $"a duration needs its unit: write '{count}s' or '{TimeSpan.FromSeconds(count):c}' for seconds.")
            : "it takes a duration such as '90s' or '00:01:30', with a unit of ms, s, m, h or d.";
    }

    /// <summary>A limit that is infinite is none.</summary>
    public static string? DurationOrNull(string? text, out TimeSpan? value)
    {
        value = null;
        if (IsOff(text))
        {
            return null;
        }
        string? problem = Duration(text, out TimeSpan duration);
        value = problem is not null || duration == Timeout.InfiniteTimeSpan ? null : duration;
        return problem is null ? null : $"{problem[..^1]}, or 'null'.";
    }

    public static string? SizeOrNull(string? text, out MemorySize? value)
    {
        value = null;
        if (IsOff(text))
        {
            return null;
        }
        string? problem = Size(text, out MemorySize size);
        value = problem is null ? size : null;
        return problem is null ? null : $"{problem[..^1]}, or 'null'.";
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

    public static string? Choice<T>(string? text, out T value)
        where T : struct, Enum
    {
        // Matched by name: Enum.TryParse would take any number, and lists.
        string[] names = Enum.GetNames<T>();
        int index = Array.FindIndex(names, name => name.Equals(text, StringComparison.OrdinalIgnoreCase));
        value = index < 0 ? default : Enum.GetValues<T>()[index];
        return index < 0 ? $"it takes one of {string.Join(", ", names)}.{NearName.Suggest(text ?? "", names)}" : null;
    }

    /// <summary>An optional setting is off when it is JSON's null, empty (all that an environment variable can say) or <c>"null"</c>.</summary>
    private static bool IsOff(string? text) =>
        string.IsNullOrWhiteSpace(text) || text.Equals("null", StringComparison.OrdinalIgnoreCase);

    private static bool IsBareNumber(string? text, out int count) =>
        int.TryParse(text, NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out count);
}
