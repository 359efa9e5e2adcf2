using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Snakepit.Values;

/// <summary>Converts numbers of properties with <see cref="JsonNumberHandlingAttribute"/>, which may be strings.</summary>
internal static class TextNumberConverters
{
    /// <summary>Returns the converter of a type; null when it is no number.</summary>
    public static JsonConverter? Find(Type type, JsonNumberHandling handling) =>
        Nullable.GetUnderlyingType(type) is { } number ? Find(number, handling, nullable: true) : Find(type, handling, nullable: false);

    private static JsonConverter? Find(Type type, JsonNumberHandling handling, bool nullable) => Type.GetTypeCode(type) switch
    {
        _ when type.IsEnum => null,
        TypeCode.SByte => Create(new IntegerConverter<sbyte>(), handling, nullable),
        TypeCode.Byte => Create(new IntegerConverter<byte>(), handling, nullable),
        TypeCode.Int16 => Create(new IntegerConverter<short>(), handling, nullable),
        TypeCode.UInt16 => Create(new IntegerConverter<ushort>(), handling, nullable),
        TypeCode.Int32 => Create(new IntegerConverter<int>(), handling, nullable),
        TypeCode.UInt32 => Create(new IntegerConverter<uint>(), handling, nullable),
        TypeCode.Int64 => Create(new IntegerConverter<long>(), handling, nullable),
        TypeCode.UInt64 => Create(new IntegerConverter<ulong>(), handling, nullable),
        TypeCode.Single => Create(new FloatConverter<float>(), handling, nullable),
        TypeCode.Double => Create(new FloatConverter<double>(), handling, nullable),
        TypeCode.Decimal => Create(new DecimalConverter(), handling & ~JsonNumberHandling.AllowReadingFromString, nullable),
        _ => null,
    };

    private static JsonConverter Create<T>(JsonConverter<T> number, JsonNumberHandling handling, bool nullable)
        where T : struct
    {
        var converter = new Converter<T>(number, handling);
        return nullable ? new NullableConverter<T>(converter) : converter;
    }

    private sealed class NullableConverter<T>(JsonConverter<T> converter) : JsonConverter<T?>
        where T : struct
    {
        public override T? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            reader.TokenType == JsonTokenType.Null ? null : converter.Read(ref reader, typeof(T), options);

        public override void Write(Utf8JsonWriter writer, T? value, JsonSerializerOptions options)
        {
            if (value is { } number)
            {
                converter.Write(writer, number, options);
            }
            else
            {
                writer.WriteNullValue();
            }
        }
    }

    private sealed class Converter<T>(JsonConverter<T> number, JsonNumberHandling handling) : JsonConverter<T>
        where T : struct
    {
        public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            if (reader.TokenType != JsonTokenType.String || (handling & JsonNumberHandling.AllowReadingFromString) == 0)
            {
                return number.Read(ref reader, typeToConvert, options);
            }
            string text = reader.GetString()!;
            var inner = new Utf8JsonReader(Encoding.UTF8.GetBytes(text));
            try
            {
                return inner.Read() && inner.TokenType == JsonTokenType.Number
                    ? number.Read(ref inner, typeToConvert, options)
                    : throw new JsonException($"'{Shown.Text(text)}' is no number.");
            }
            catch (JsonException error)
            {
                throw new JsonException(
                    $"'{Shown.Text(text)}' cannot be read as {Shown.Type(typeof(T))}: {ReadFailure.ReasonOf(error)}", error);
            }
        }

        public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options)
        {
            if ((handling & JsonNumberHandling.WriteAsString) == 0)
            {
                number.Write(writer, value, options);
                return;
            }
            var text = new ArrayBufferWriter<byte>();
            using (var inner = new Utf8JsonWriter(text))
            {
                number.Write(inner, value, options);
            }
            if (text.WrittenSpan[0] == (byte)'{')
            {
                number.Write(writer, value, options); // a decimal, or a number that is not finite: tagged as always
            }
            else
            {
                writer.WriteStringValue(text.WrittenSpan);
            }
        }
    }
}
