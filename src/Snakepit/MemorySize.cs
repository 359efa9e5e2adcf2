using System.Globalization;

namespace Snakepit;

/// <summary>An amount of memory in bytes. Configuration spells it <c>"512MiB"</c>, <c>"2GiB"</c>, <c>"500MB"</c> or <c>"2GB"</c>.</summary>
public readonly record struct MemorySize(long Bytes) : IComparable<MemorySize>
{
    private static readonly (string Suffix, long Factor)[] s_units =
    [
        ("KiB", 1L << 10), ("MiB", 1L << 20), ("GiB", 1L << 30), ("TiB", 1L << 40),
        ("KB", 1_000), ("MB", 1_000_000), ("GB", 1_000_000_000), ("TB", 1_000_000_000_000), ("B", 1),
    ];

    /// <summary>A size of <paramref name="value"/> KiB (1,024 bytes each).</summary>
    public static MemorySize FromKiB(long value) => new(checked(value << 10));

    /// <summary>A size of <paramref name="value"/> MiB (1,048,576 bytes each).</summary>
    public static MemorySize FromMiB(long value) => new(checked(value << 20));

    /// <summary>A size of <paramref name="value"/> GiB (1,073,741,824 bytes each).</summary>
    public static MemorySize FromGiB(long value) => new(checked(value << 30));

    /// <summary>Reads a whole number with a unit (B, KB, MB, GB, TB, KiB, MiB, GiB, TiB). A bare number is refused: its unit would be a guess.</summary>
    public static bool TryParse(string? text, out MemorySize size)
    {
        size = default;
        if (string.IsNullOrWhiteSpace(text))
        {
            return false;
        }
        ReadOnlySpan<char> trimmed = text.AsSpan().Trim();
        foreach ((string suffix, long factor) in s_units)
        {
            if (!trimmed.EndsWith(suffix, StringComparison.OrdinalIgnoreCase))
            {
                continue;
            }
            ReadOnlySpan<char> digits = trimmed[..^suffix.Length].TrimEnd();
            if (!long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out long count) || count > long.MaxValue / factor)
            {
                return false;
            }
            size = new MemorySize(count * factor);
            return true;
        }
        return false;
    }

    /// <inheritdoc/>
    public int CompareTo(MemorySize other) => Bytes.CompareTo(other.Bytes);

    /// <summary>True when <paramref name="left"/> is smaller.</summary>
    public static bool operator <(MemorySize left, MemorySize right) => left.Bytes < right.Bytes;

    /// <summary>True when <paramref name="left"/> is larger.</summary>
    public static bool operator >(MemorySize left, MemorySize right) => left.Bytes > right.Bytes;

    /// <summary>True when <paramref name="left"/> is smaller or the same.</summary>
    public static bool operator <=(MemorySize left, MemorySize right) => left.Bytes <= right.Bytes;

    /// <summary>True when <paramref name="left"/> is larger or the same.</summary>
    public static bool operator >=(MemorySize left, MemorySize right) => left.Bytes >= right.Bytes;

    /// <summary>The size in the largest binary unit that divides it, such as <c>512MiB</c>.</summary>
    public override string ToString()
    {
        for (int i = 3; i >= 0; i--)
        {
            if (Bytes != 0 && Bytes % s_units[i].Factor == 0)
            {
                return string.Create(CultureInfo.InvariantCulture, $"{Bytes / s_units[i].Factor}{s_units[i].Suffix}");
            }
        }
        return string.Create(CultureInfo.InvariantCulture, $"{Bytes}B");
    }
}
