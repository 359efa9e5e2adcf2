using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Snakepit.Values;

/// <summary>
/// Creates a <see cref="MapConverter{TMap, TKey, TValue}"/> for any dictionary type. Only where dynamic code runs; the usual types are
/// listed besides.
/// </summary>
[RequiresUnreferencedCode("Looks at the interfaces of dictionary types.")]
[RequiresDynamicCode("Makes converters for the types it meets.")]
internal sealed class MapConverterFactory : JsonConverterFactory
{
    public override bool CanConvert(Type typeToConvert) =>
        !typeToConvert.IsValueType
            && !typeToConvert.IsDefined(typeof(JsonConverterAttribute), inherit: false)
            && DictionaryOf(typeToConvert) is not null;

    public override JsonConverter CreateConverter(Type typeToConvert, JsonSerializerOptions options)
    {
        Type[] pair = DictionaryOf(typeToConvert)!.GetGenericArguments();
        return (JsonConverter)Activator.CreateInstance(typeof(MapConverter<,,>).MakeGenericType(typeToConvert, pair[0], pair[1]))!;
    }

    private static Type? DictionaryOf(Type type) =>
        type.GetInterfaces().Append(type).FirstOrDefault(candidate => candidate.IsGenericType
            && candidate.GetGenericTypeDefinition() is { } definition
            && (definition == typeof(IDictionary<,>) || definition == typeof(IReadOnlyDictionary<,>)));
}

/// <summary>Converts tuples to arrays. Only where dynamic code runs.</summary>
[RequiresUnreferencedCode("Creates tuples of the types it meets.")]
[RequiresDynamicCode("Makes converters for the types it meets.")]
internal sealed class TupleConverterFactory : JsonConverterFactory
{
    private const int LargestFlatTuple = 7;

    public override bool CanConvert(Type typeToConvert) =>
        typeToConvert.IsAssignableTo(typeof(ITuple)) && typeToConvert.IsGenericType && typeToConvert.Namespace == "System"
        && typeToConvert.GetGenericArguments().Length <= LargestFlatTuple;

    public override JsonConverter CreateConverter(Type typeToConvert, JsonSerializerOptions options) =>
        (JsonConverter)Activator.CreateInstance(typeof(TupleConverter<>).MakeGenericType(typeToConvert))!;

    [RequiresUnreferencedCode("Creates tuples of the types it meets.")]
    [RequiresDynamicCode("Makes converters for the types it meets.")]
    private sealed class TupleConverter<T> : JsonConverter<T>
        where T : ITuple
    {
        private readonly Type[] _types = typeof(T).GetGenericArguments();

        public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            if (reader.TokenType != JsonTokenType.StartArray)
            {
                throw new ValueMismatchException(typeof(T));
            }
            object?[] items = new object?[_types.Length];
            int count = 0;
            for (; reader.Read() && reader.TokenType != JsonTokenType.EndArray; count++)
            {
                if (count == items.Length)
                {
                    break;
                }
                items[count] = ReadItem(ref reader, _types[count], options);
            }
            return count == items.Length && reader.TokenType == JsonTokenType.EndArray
                ? (T)Activator.CreateInstance(typeof(T), items)!
                : throw new JsonException($"The list does not have {items.Length} items, as {Shown.Type(typeof(T))} has.");
        }

        private static object? ReadItem(ref Utf8JsonReader reader, Type type, JsonSerializerOptions options)
        {
            try
            {
                return JsonSerializer.Deserialize(ref reader, options.GetTypeInfo(type));
            }
            catch (JsonException error)
            {
                throw error is ValueMismatchException mismatch
                    ? new ValueMismatchException(mismatch.Wanted)
                    : new JsonException(ReadFailure.ReasonOf(error), error); // its position is relative to the item
            }
        }

        public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options)
        {
            writer.WriteStartArray();
            for (int i = 0; i < value.Length; i++)
            {
                NaturalValue.Write(writer, value[i], options);
            }
            writer.WriteEndArray();
        }
    }
}
