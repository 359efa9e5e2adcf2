using System.Globalization;
using System.Text;

namespace Snakepit;

/// <summary>Formats values for messages and logs: readable, and bounded whatever user code or a caller has put into them.</summary>
internal static class Shown
{
    /// <summary>The most characters of a name: of a tool, an argument, a key, a type.</summary>
    public const int LongestName = 200;

    /// <summary>The most characters of an exception's message that is not Snakepit's.</summary>
    public const int LongestReason = 2_000;

    private const int MostNames = 20;

    private static readonly (string Unit, long Ticks)[] s_units =
    [
        ("d", TimeSpan.TicksPerDay), ("h", TimeSpan.TicksPerHour), ("min", TimeSpan.TicksPerMinute), ("s", TimeSpan.TicksPerSecond),
    ];

    private static readonly Dictionary<Type, string> s_keywords = new()
    {
        [typeof(bool)] = "bool", [typeof(byte)] = "byte", [typeof(sbyte)] = "sbyte", [typeof(short)] = "short", [typeof(ushort)] = "ushort",
        [typeof(int)] = "int", [typeof(uint)] = "uint", [typeof(long)] = "long", [typeof(ulong)] = "ulong", [typeof(float)] = "float",
        [typeof(double)] = "double", [typeof(decimal)] = "decimal", [typeof(char)] = "char", [typeof(string)] = "string",
        [typeof(object)] = "object",
    };

    /// <summary>Returns the text, or its beginning when it is longer than that.</summary>
    public static string Text(string text, int longest = LongestName) =>
        text.Length <= longest ? text : $"{text.AsSpan(0, WholeBefore(text, longest - 1))}…";

    /// <summary>Returns the text, or its beginning and end when it is longer than that.</summary>
    public static string Ends(string text, int longest)
    {
        if (text.Length <= longest)
        {
            return text;
        }
        int half = longest / 2;
        int end = text.Length - half + 1;
        return $"{text.AsSpan(0, WholeBefore(text, half))}…{text.AsSpan(char.IsLowSurrogate(text[end]) ? end + 1 : end)}";
    }

    /// <summary>Returns the text on one line, with escapes for its control characters: what a log or a list has of somebody else.</summary>
    public static string Line(string text) => Escape(text, static letter => IsControl(letter));

    /// <summary>Returns the text with its lines and tabs, and with escapes for its other control characters: a terminal would obey
    /// them.</summary>
    public static string Printable(string text) => Escape(text, static letter => letter is not ('\n' or '\t') && IsControl(letter));

    /// <summary>Returns a number of things: <c>1 slot</c>, <c>1,200 slots</c>.</summary>
    public static string Count(long count, string one) =>
        string.Create(CultureInfo.InvariantCulture, $"{count:#,0} {one}{(count == 1 ? "" : "s")}");

    /// <summary>Returns a number of things and what they do: <c>1 slot gets</c>, <c>2 slots get</c>.</summary>
    public static string Count(long count, string one, string does, string @do) => $"{Count(count, one)} {(count == 1 ? does : @do)}";

    /// <summary>Returns the names, or the first of them when there are many.</summary>
    public static string Names(IEnumerable<string> names)
    {
        string[] all = [.. names];
        string shown = string.Join(", ", all.Take(MostNames).Select(static name => Text(name)));
        return all.Length <= MostNames ? shown : string.Create(CultureInfo.InvariantCulture, $"{shown} and {all.Length - MostNames} more");
    }

    /// <summary>Returns the message of an exception. Its type may be the user's, and its message may throw.</summary>
    public static string Message(Exception error, int longest = LongestReason) => Text(FullMessage(error), longest);

    /// <summary>Returns what <see cref="Message"/> returns, without a limit.</summary>
    public static string FullMessage(Exception error)
    {
        try
        {
            return error.Message ?? "";
        }
        catch (Exception thrown)
        {
            return $"(the Message of the {error.GetType().Name} threw {thrown.GetType().Name})";
        }
    }

    /// <summary>Returns an exception as <c>Type: message</c>, or the type alone when there is no message.</summary>
    public static string Headline(Exception error) =>
        Message(error) is { Length: > 0 } message ? $"{Text(error.GetType().Name)}: {message}" : Text(error.GetType().Name);

    /// <summary>Returns the text of a value of any type, even if it throws.</summary>
    public static string Value(object value)
    {
        try
        {
            return Text(value.ToString() ?? "");
        }
        catch (Exception)
        {
            return Type(value.GetType());
        }
    }

    /// <summary>Returns a type as C# spells it, without namespaces.</summary>
    public static string Type(Type type) => Text(Spell(type));

    /// <summary>Returns the lines, or <c>none</c> when there are none, so that no sentence ends in an empty field.</summary>
    public static string Lines(IReadOnlyList<string> lines) => lines.Count == 0 ? "none" : string.Join('\n', lines);

    /// <summary>
    /// Returns a duration with its units: <c>1.235 s</c>, <c>250 ms</c>, <c>2 h 5 min</c>. From a minute on, it is rounded to seconds.
    /// </summary>
    public static string Duration(TimeSpan duration)
    {
        if (duration == Timeout.InfiniteTimeSpan)
        {
            return "infinite";
        }
        if (duration < TimeSpan.Zero)
        {
            return "-" + Duration(duration == TimeSpan.MinValue ? TimeSpan.MaxValue : -duration);
        }
        if (duration.Ticks < TimeSpan.TicksPerSecond)
        {
            return string.Create(CultureInfo.InvariantCulture, $"{duration.TotalMilliseconds:0.###} ms");
        }
        if (duration.Ticks < TimeSpan.TicksPerMinute)
        {
            return string.Create(CultureInfo.InvariantCulture, $"{duration.TotalSeconds:0.###} s");
        }
        long left = (long)Math.Round(duration.TotalSeconds) * TimeSpan.TicksPerSecond;
        var parts = new List<string>();
        foreach ((string unit, long ticks) in s_units)
        {
            (long count, left) = Math.DivRem(left, ticks);
            if (count > 0)
            {
                parts.Add(string.Create(CultureInfo.InvariantCulture, $"{count} {unit}"));
            }
        }
        return string.Join(' ', parts);
    }

    /// <summary>Returns whether a character steers a terminal, or changes the order or the lines in which text is shown.</summary>
    private static bool IsControl(char letter) =>
        char.IsControl(letter)
        || letter is '\u061c' or '\u200e' or '\u200f' or (>= '\u2028' and <= '\u202e') or (>= '\u2066' and <= '\u2069');

    private static string Escape(string text, Func<char, bool> isEscaped)
    {
        if (!text.Any(isEscaped))
        {
            return text;
        }
        var shown = new StringBuilder(text.Length + 16);
        foreach (char letter in text)
        {
            _ = !isEscaped(letter) ? shown.Append(letter) : letter switch
            {
                '\n' => shown.Append("\\n"),
                '\r' => shown.Append("\\r"),
                '\t' => shown.Append("\\t"),
                _ => shown.Append(CultureInfo.InvariantCulture, $"\\u{(int)letter:x4}"),
            };
        }
        return shown.ToString();
    }

    /// <summary>Returns the length, or one less where it would split a surrogate pair.</summary>
    private static int WholeBefore(string text, int length) => char.IsHighSurrogate(text[length - 1]) ? length - 1 : length;

    private static string Spell(Type type)
    {
        if (type.IsArray)
        {
            return $"{Spell(type.GetElementType()!)}[{new string(',', type.GetArrayRank() - 1)}]";
        }
        if (s_keywords.TryGetValue(type, out string? keyword))
        {
            return keyword;
        }
        if (Nullable.GetUnderlyingType(type) is { } value)
        {
            return Spell(value) + "?";
        }
        return type.IsGenericType
            ? $"{type.Name.Split('`')[0]}<{string.Join(", ", type.GetGenericArguments().Select(Spell))}>"
            : type.Name;
    }
}
