using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Snakepit.Transport.Values;

/// <summary>An enum as the number that it is. Reads a name as well, however it is spelled: <c>DarkRed</c>, <c>DARK_RED</c>.</summary>
internal sealed class EnumConverter<TEnum> : JsonConverter<TEnum>
    where TEnum : struct, Enum
{
    private static readonly IntegerConverter<Int128> s_integers = new();
    private static readonly Dictionary<string, TEnum> s_byName = NamesOf();
    private static readonly Int128? s_flags = typeof(TEnum).IsDefined(typeof(FlagsAttribute), inherit: false)
        ? Enum.GetValues<TEnum>().Aggregate(Int128.Zero, static (bits, value) => bits | NumberOf(value))
        : null; // null: values do not combine

    public override TEnum Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType is JsonTokenType.String or JsonTokenType.PropertyName)
        {
            string name = reader.GetString()!;
            return s_byName.TryGetValue(name, out TEnum named) || s_byName.TryGetValue(Plain(name), out named)
                ? named
                : throw new JsonException($"'{name}' is no name of {typeof(TEnum)}: it has {string.Join(", ", Enum.GetNames<TEnum>())}.");
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
            throw new JsonException($"{number} is out of the range of {typeof(TEnum)}.", error);
        }
        return Enum.IsDefined(value) || (s_flags is { } flags && (number & ~flags) == 0)
            ? value
            : throw new JsonException($"{number} is no value of {typeof(TEnum)}: it has {string.Join(", ", Enum.GetValues<TEnum>().Select(static known => $"{known} = {known:D}"))}.");
    }

    public override void Write(Utf8JsonWriter writer, TEnum value, JsonSerializerOptions options)
    {
        if (Type.GetTypeCode(typeof(TEnum)) == TypeCode.UInt64)
        {
            writer.WriteNumberValue(Convert.ToUInt64(value, CultureInfo.InvariantCulture));
        }
        else
        {
            writer.WriteNumberValue(Convert.ToInt64(value, CultureInfo.InvariantCulture));
        }
    }

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

    private static Dictionary<string, TEnum> NamesOf()
    {
        Dictionary<string, TEnum> names = new(StringComparer.OrdinalIgnoreCase);
        foreach (string name in Enum.GetNames<TEnum>())
        {
            names.TryAdd(name, Enum.Parse<TEnum>(name));
        }
        foreach (string name in Enum.GetNames<TEnum>())
        {
            names.TryAdd(Plain(name), Enum.Parse<TEnum>(name));
        }
        return names;
    }

    private static string Plain(string name) => name.Replace("_", "", StringComparison.Ordinal);
}

/// <summary>Makes an <see cref="EnumConverter{TEnum}"/> for enums that bring no converter of their own. Only where dynamic code runs.</summary>
[RequiresUnreferencedCode("Makes converters for the types it meets.")]
[RequiresDynamicCode("Makes converters for the types it meets.")]
internal sealed class EnumConverterFactory : JsonConverterFactory
{
    public override bool CanConvert(Type typeToConvert) => typeToConvert.IsEnum && !typeToConvert.IsDefined(typeof(JsonConverterAttribute), inherit: false);

    public override JsonConverter CreateConverter(Type typeToConvert, JsonSerializerOptions options) =>
        (JsonConverter)Activator.CreateInstance(typeof(EnumConverter<>).MakeGenericType(typeToConvert))!;
}
