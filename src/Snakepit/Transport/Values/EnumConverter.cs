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
        try
        {
            return (TEnum)Enum.ToObject(typeof(TEnum), Underlying(number));
        }
        catch (OverflowException error)
        {
            throw new JsonException($"{number} is out of the range of {typeof(TEnum)}.", error);
        }
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
