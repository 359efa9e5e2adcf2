using System.Text;

namespace Snakepit.Values.Marshal;

/// <summary>The keys that were read last, each as one string: the maps in a list mostly have the same keys.</summary>
internal static class KeyCache
{
    private const int Size = 256;
    private const int LongestKey = 32;

    [ThreadStatic]
    private static string?[]? t_keys;

    public static string Get(ReadOnlySpan<byte> utf8)
    {
        if (utf8.Length is 0 or > LongestKey)
        {
            return MarshalText.Decode(utf8);
        }
        string?[] keys = t_keys ??= new string?[Size];
        ref string? known = ref keys[(utf8[0] + (utf8[^1] * 31) + (utf8[utf8.Length / 2] * 7) + utf8.Length) & (Size - 1)];
        if (known is null || !Ascii.Equals(utf8, known))
        {
            known = MarshalText.Decode(utf8);
        }
        return known;
    }
}
