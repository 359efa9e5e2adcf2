using System.Globalization;

namespace Snakepit.Cli.Output;

/// <summary>Formats the numbers of a host: the same in every culture.</summary>
internal static class Show
{
    private const double Minute = 60;
    private const double HalfSecond = 0.5;
    private const double MiB = 1 << 20;

    /// <summary>What stands for a value that does not exist.</summary>
    public const string Nothing = "-";

    public static string Number(long number) => number.ToString("#,0", CultureInfo.InvariantCulture);

    /// <summary>Returns the time of a call: three digits are enough.</summary>
    public static string Duration(double? seconds) => seconds is not { } value ? Nothing
        : value >= Minute ? Shown.Duration(TimeSpan.FromSeconds(value))
        : Shown.Duration(TimeSpan.FromSeconds(Round(value)));

    /// <summary>Returns an age or a limit, in whole seconds.</summary>
    public static string Age(double? seconds) => seconds is not { } value ? Nothing
        : value < HalfSecond ? "0 s"
        : Shown.Duration(TimeSpan.FromSeconds(Math.Round(value)));

    /// <summary>Returns a size in whole MiB.</summary>
    public static string Size(long? bytes) => bytes is not { } value ? Nothing
        : string.Create(CultureInfo.InvariantCulture, $"{Math.Round(value / MiB)}MiB");

    /// <summary>Returns what a call leaves behind: in KiB, or MiB when it is much.</summary>
    public static string Growth(long bytes) =>
        bytes >= 10 * MiB ? Size(bytes) : MemorySize.FromKiB(Math.Max(1, (long)Math.Round(bytes / 1024.0))).ToString();

    public static string Percent(double fraction) => string.Create(CultureInfo.InvariantCulture, $"{100 * fraction:0.#} %");

    /// <summary>Returns a number with at most one digit behind the point.</summary>
    public static string Rate(double value) => value.ToString("#,0.#", CultureInfo.InvariantCulture);

    /// <summary>Returns a value, and its limit if there is one.</summary>
    public static string Of(string value, string? limit) => limit is null or Nothing ? value : $"{value} / {limit}";

    private static double Round(double value)
    {
        double unit = value <= 0 ? 1 : Math.Pow(10, Math.Floor(Math.Log10(value)) - 2);
        return Math.Round(value / unit) * unit;
    }
}
