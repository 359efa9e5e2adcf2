using System.Globalization;

namespace Snakepit;

/// <summary>Represents an amount of memory. Configuration spells it <c>"512MiB"</c>, <c>"2GiB"</c>, <c>"500MB"</c> or
/// <c>"2GB"</c>.</summary>
public readonly record struct MemorySize : IComparable<MemorySize>
{
    private static readonly (string Suffix, long Factor)[] s_units =
    [
        ("KiB", 1L << 10), ("MiB", 1L << 20), ("GiB", 1L << 30), ("TiB", 1L << 40),
        ("KB", 1_000), ("MB", 1_000_000), ("GB", 1_000_000_000), ("TB", 1_000_000_000_000), ("B", 1),
    ];

    private MemorySize(long bytes) => Bytes = bytes;

    /// <summary>Gets the number of bytes.</summary>
    public long Bytes { get; }

    /// <summary>Returns a size of <paramref name="value"/> bytes.</summary>
    public static MemorySize FromBytes(long value) => new(value);

    /// <summary>Returns a size of <paramref name="value"/> KiB (1,024 bytes each).</summary>
    /// <exception cref="OverflowException">The size has more bytes than a <see cref="long"/> can count.</exception>
    public static MemorySize FromKiB(long value) => new(checked(value * (1L << 10)));

    /// <summary>Returns a size of <paramref name="value"/> MiB (1,048,576 bytes each).</summary>
    /// <inheritdoc cref="FromKiB(long)"/>
    public static MemorySize FromMiB(long value) => new(checked(value * (1L << 20)));

    /// <summary>Returns a size of <paramref name="value"/> GiB (1,073,741,824 bytes each).</summary>
    /// <inheritdoc cref="FromKiB(long)"/>
    public static MemorySize FromGiB(long value) => new(checked(value * (1L << 30)));

    /// <summary>Reads a whole number with a unit: B, KB, MB, GB, TB, KiB, MiB, GiB or TiB.</summary>
    /// <exception cref="FormatException"><paramref name="text"/> is not a size. A bare number is not one either: its unit would be a
    /// guess.</exception>
    public static MemorySize Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return TryParse(text, out MemorySize size)
            ? size
            : throw new FormatException($"'{text}' is not a size. Write a whole number with a unit, such as 512MiB or 2GB.");
    }

    /// <summary>Reads a whole number with a unit: B, KB, MB, GB, TB, KiB, MiB, GiB or TiB. A bare number is refused: its unit would be a
    /// guess.</summary>
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
            size = MemorySize.FromBytes(count * factor);
            return true;
        }
        return false;
    }

    /// <inheritdoc/>
    public int CompareTo(MemorySize other) => Bytes.CompareTo(other.Bytes);

    /// <summary>Returns whether <paramref name="left"/> is smaller.</summary>
    public static bool operator <(MemorySize left, MemorySize right) => left.Bytes < right.Bytes;

    /// <summary>Returns whether <paramref name="left"/> is larger.</summary>
    public static bool operator >(MemorySize left, MemorySize right) => left.Bytes > right.Bytes;

    /// <summary>Returns whether <paramref name="left"/> is smaller or the same.</summary>
    public static bool operator <=(MemorySize left, MemorySize right) => left.Bytes <= right.Bytes;

    /// <summary>Returns whether <paramref name="left"/> is larger or the same.</summary>
    public static bool operator >=(MemorySize left, MemorySize right) => left.Bytes >= right.Bytes;

    /// <summary>Returns the size in the largest binary unit that divides it, such as <c>512MiB</c>.</summary>
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
