namespace Snakepit.Values.Marshal;

/// <summary>The types of CPython's marshal format, version 2, that values are made of. Sizes and integers are little-endian.</summary>
internal static class MarshalType
{
    public const byte None = (byte)'N';
    public const byte True = (byte)'T';
    public const byte False = (byte)'F';

    /// <summary>32 bits.</summary>
    public const byte Int = (byte)'i';

    /// <summary>A signed number of digits of 15 bits, each in 16; its sign is the integer's.</summary>
    public const byte Long = (byte)'l';

    /// <summary>An IEEE 754 double.</summary>
    public const byte Float = (byte)'g';

    /// <summary>A length and bytes.</summary>
    public const byte Bytes = (byte)'s';

    /// <summary>A length and UTF-8, in which lone surrogates have the three bytes they would have as characters.</summary>
    public const byte Text = (byte)'u';

    /// <summary>A count and items.</summary>
    public const byte List = (byte)'[';

    /// <inheritdoc cref="List"/>
    public const byte Tuple = (byte)'(';

    /// <summary>Keys and values, up to <see cref="End"/> in a key's place.</summary>
    public const byte Map = (byte)'{';

    public const byte End = (byte)'0';

    /// <summary>A type byte and a length or count.</summary>
    public const int PrefixSize = 5;

    public const int FloatSize = 9;
}
