using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Snakepit.Values;

/// <summary>
/// Converts an enum to the name of its value, combined flags to <c>Read|Write</c>, and a value without a name to its number. Reads names in
/// any spelling (<c>DarkRed</c>, <c>DARK_RED</c>), and numbers.
/// </summary>
internal sealed class EnumConverter<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicFields)] TEnum> : JsonConverter<TEnum>
    where TEnum : struct, Enum
{
    private static readonly char[] s_separators = ['|', ','];
    private static readonly IntegerConverter<Int128> s_integers = new();
    private static readonly (string Name, TEnum Value)[] s_named = NamedValues();
    private static readonly Dictionary<string, TEnum> s_exact = FirstOf(s_named, StringComparer.Ordinal);
    private static readonly Dictionary<string, TEnum> s_byName =
        FirstOf(s_named.Concat(s_named.Select(static known => (Plain(known.Name), known.Value))), StringComparer.OrdinalIgnoreCase);
    private static readonly Dictionary<TEnum, string> s_names = FirstOf(
        s_named.Where(static known => EqualityComparer<TEnum>.Default.Equals(s_exact[known.Name], known.Value))
            .Select(static known => (known.Value, known.Name)),
        EqualityComparer<TEnum>.Default); // an attribute may give the name of another value
    private static readonly Int128? s_flags = typeof(TEnum).IsDefined(typeof(FlagsAttribute), inherit: false)
        ? Enum.GetValues<TEnum>().Aggregate(Int128.Zero, static (bits, value) => bits | NumberOf(value))
        : null; // null when values do not combine

    public override TEnum Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType is JsonTokenType.String or JsonTokenType.PropertyName)
        {
            string name = reader.GetString()!;
            return TryParse(name, out TEnum named)
                ? named
                : throw new JsonException(
                    $"'{Shown.Text(name)}' is no name of {Shown.Type(typeof(TEnum))}: "
                        + $"it has {Shown.Names(s_named.Select(static known => known.Name))}.");
        }
        if (reader.TokenType != JsonTokenType.Number)
        {
            return SingleElement.Read(ref reader, this, options);
        }
        Int128 number = s_integers.Read(ref reader, typeof(Int128), options);
        TEnum value;
        try
        {
            value = (TEnum)Enum.ToObject(typeof(TEnum), Underlying(number));
        }
        catch (OverflowException error)
        {
            throw new JsonException($"{number} is out of the range of {Shown.Type(typeof(TEnum))}.", error);
        }
        return Enum.IsDefined(value) || (s_flags is { } flags && (number & ~flags) == 0)
            ? value
            : throw new JsonException(
                $"{number} is no value of {Shown.Type(typeof(TEnum))}: it has "
                    + $"{Shown.Names(Enum.GetValues<TEnum>().Select(static known => $"{known} = {known:D}"))}.");
    }

    public override void Write(Utf8JsonWriter writer, TEnum value, JsonSerializerOptions options)
    {
        if (s_names.TryGetValue(value, out string? name) || (name = Combined(value)) is not null)
        {
            writer.WriteStringValue(name);
        }
        else if (Type.GetTypeCode(typeof(TEnum)) == TypeCode.UInt64)
        {
            writer.WriteNumberValue(Convert.ToUInt64(value, CultureInfo.InvariantCulture));
        }
        else
        {
            writer.WriteNumberValue(Convert.ToInt64(value, CultureInfo.InvariantCulture));
        }
    }

    /// <summary>Returns flags by their names, joined as Python does; null when a bit has no name.</summary>
    private static string? Combined(TEnum value)
    {
        Int128 number = NumberOf(value);
        if (s_flags is null || number == 0)
        {
            return null;
        }
        HashSet<string> names = [];
        Int128 left = number;
        IEnumerable<(string Name, TEnum Value)> byBits =
            s_named.OrderByDescending(static known => Int128.PopCount(NumberOf(known.Value) & ulong.MaxValue));
        foreach ((string name, TEnum flag) in byBits)
        {
            Int128 bits = NumberOf(flag);
            if ((number & bits) == bits && (left & bits) != 0)
            {
                names.Add(name);
                left &= ~bits;
            }
        }
        if (left != 0)
        {
            return null;
        }
        string text = string.Join('|', s_named.Select(static known => known.Name).Where(names.Contains));
        // Names from attributes may contain separators.
        return TryParse(text, out TEnum read) && EqualityComparer<TEnum>.Default.Equals(read, value) ? text : null;
    }

    private static bool TryParse(string text, out TEnum value)
    {
        if (TryFind(text, out value))
        {
            return true;
        }
        if (s_flags is null || text.IndexOfAny(s_separators) < 0)
        {
            return false;
        }
        Int128 bits = 0;
        foreach (string name in text.Split(s_separators, StringSplitOptions.TrimEntries))
        {
            if (!TryFind(name, out TEnum flag))
            {
                return false;
            }
            bits |= NumberOf(flag);
        }
        value = (TEnum)Enum.ToObject(typeof(TEnum), Underlying(bits));
        return true;
    }

    /// <summary>Finds a name in its exact spelling before any other: names may differ in case only.</summary>
    private static bool TryFind(string name, out TEnum value) =>
        s_exact.TryGetValue(name, out value) || s_byName.TryGetValue(name, out value) || s_byName.TryGetValue(Plain(name), out value);

    private static Int128 NumberOf(TEnum value) => Type.GetTypeCode(typeof(TEnum)) == TypeCode.UInt64
        ? Convert.ToUInt64(value, CultureInfo.InvariantCulture)
        : Convert.ToInt64(value, CultureInfo.InvariantCulture);

    private static object Underlying(Int128 number) => Type.GetTypeCode(typeof(TEnum)) switch
    {
        TypeCode.SByte => checked((sbyte)number),
        TypeCode.Byte => checked((byte)number),
        TypeCode.Int16 => checked((short)number),
        TypeCode.UInt16 => checked((ushort)number),
        TypeCode.Int32 => checked((int)number),
        TypeCode.UInt32 => checked((uint)number),
        TypeCode.Int64 => checked((long)number),
        _ => checked((ulong)number),
    };

    /// <summary>Returns the names in their order; a name from an attribute precedes the declared one.</summary>
    private static (string Name, TEnum Value)[] NamedValues() =>
    [
        .. typeof(TEnum).GetFields(BindingFlags.Public | BindingFlags.Static).Select(static field =>
            (field.GetCustomAttribute<JsonStringEnumMemberNameAttribute>()?.Name ?? field.Name, (TEnum)field.GetValue(null)!)),
    ];

    /// <summary>Keeps the first of pairs with the same key.</summary>
    private static Dictionary<TKey, TValue> FirstOf<TKey, TValue>(
        IEnumerable<(TKey Key, TValue Value)> pairs, IEqualityComparer<TKey> comparer)
        where TKey : notnull
    {
        Dictionary<TKey, TValue> first = new(comparer);
        foreach ((TKey key, TValue value) in pairs)
        {
            first.TryAdd(key, value);
        }
        return first;
    }

    private static string Plain(string name) => name.Replace("_", "", StringComparison.Ordinal);
}

/// <summary>
/// Creates an <see cref="EnumConverter{TEnum}"/> for enums without a converter of their own. Only where dynamic code runs.
/// </summary>
[RequiresUnreferencedCode("Makes converters for the types it meets.")]
[RequiresDynamicCode("Makes converters for the types it meets.")]
internal sealed class EnumConverterFactory : JsonConverterFactory
{
    public override bool CanConvert(Type typeToConvert) =>
        typeToConvert.IsEnum && !typeToConvert.IsDefined(typeof(JsonConverterAttribute), inherit: false);

    public override JsonConverter CreateConverter(Type typeToConvert, JsonSerializerOptions options) =>
        (JsonConverter)Activator.CreateInstance(typeof(EnumConverter<>).MakeGenericType(typeToConvert))!;
}
