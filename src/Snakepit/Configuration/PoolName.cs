using System.Buffers;
using System.Globalization;

namespace Snakepit.Configuration;

/// <summary>
/// Checks pool names. They appear in metrics, logs, file names and <c>pool/slot#generation</c>, so only plain characters are valid.
/// </summary>
internal static class PoolName
{
    private const int MaxLength = 64;

    private static readonly SearchValues<char> s_allowed =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-");

    public static bool IsValid(string name) =>
        name.Length is >= 1 and <= MaxLength && char.IsAsciiLetterOrDigit(name[0]) && !name.AsSpan().ContainsAnyExcept(s_allowed);

    public static string Problem(string name) => string.Create(
        CultureInfo.InvariantCulture,
        $"Pool '{Shown.Text(name)}': the name must have 1 to {MaxLength} letters, digits, '_', '.' or '-' and begin with a letter or "
        + $"digit. Rename the pool, such as 'text'.");
}
