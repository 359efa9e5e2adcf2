namespace Snakepit.Values.Marshal;

/// <summary>The types of CPython's marshal format, version 2, that are used for values. Sizes and integers are little-endian.</summary>
internal static class MarshalType
{
    public const byte None = (byte)'N';
    public const byte True = (byte)'T';
    public const byte False = (byte)'F';

    /// <summary>An integer of 32 bits.</summary>
    public const byte Int = (byte)'i';

    /// <summary>A signed number of digits, and the digits of 15 bits in 16 bits each. The sign is that of the integer.</summary>
    public const byte Long = (byte)'l';

    /// <summary>An IEEE 754 double.</summary>
    public const byte Float = (byte)'g';

    /// <summary>A length, and the bytes.</summary>
    public const byte Bytes = (byte)'s';

    /// <summary>A length, and UTF-8 in which a lone surrogate is encoded in three bytes, as if it were a character.</summary>
    public const byte Text = (byte)'u';

    /// <summary>A count, and the items.</summary>
    public const byte List = (byte)'[';

    /// <inheritdoc cref="List"/>
    public const byte Tuple = (byte)'(';

    /// <summary>Keys and values, up to <see cref="End"/> in place of a key.</summary>
    public const byte Map = (byte)'{';

    public const byte End = (byte)'0';

    /// <summary>The size of a type byte and a length or count.</summary>
    public const int PrefixSize = 5;

    public const int FloatSize = 9;
}
