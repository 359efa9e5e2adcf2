using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Snakepit.Values;

/// <summary>
/// Reads lists and arrays of any item, from a list, an array with as many dimensions, or a table of one column. It does not write.
/// </summary>
internal sealed class SequenceConverter<TSequence, TItem> : JsonConverter<TSequence>
    where TSequence : class, IEnumerable<TItem>
{
    public override TSequence Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.StartArray)
        {
            return ReadList(ref reader, options);
        }
        Utf8JsonReader start = reader;
        if (Tagged.TryReadTag(ref reader) && reader.ValueTextEquals("array"u8))
        {
            NdArray array = NdArrayConverter.ReadTagged(ref reader);
            return array.Shape.Count == 1 && DTypes.TryConvert(array, out TItem[]? numbers)
                ? From(numbers)
                : ArrayItems.Read(array, (ref Utf8JsonReader lists) => Read(ref lists, typeToConvert, options));
        }
        reader = start;
        if (Tagged.TryReadTag(ref reader) && reader.ValueTextEquals("table"u8))
        {
            Utf8JsonReader values = TableParts.Read(ref reader).Values;
            return Read(ref values, typeToConvert, options);
        }
        throw new ValueMismatchException(typeof(TSequence));
    }

    public override void Write(Utf8JsonWriter writer, TSequence value, JsonSerializerOptions options) => throw new NotSupportedException();

    private static TSequence ReadList(ref Utf8JsonReader reader, JsonSerializerOptions options)
    {
        ElementConverter<TItem> items = new(options);
        List<TItem> list = [];
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            list.Add(items.Read(ref reader));
        }
        return typeof(TSequence).IsArray ? (TSequence)(object)list.ToArray() : (TSequence)(object)list;
    }

    private static TSequence From(TItem[] items)
    {
        if (typeof(TSequence).IsArray)
        {
            return (TSequence)(object)items;
        }
        List<TItem> list = [];
        CollectionsMarshal.SetCount(list, items.Length);
        items.CopyTo(CollectionsMarshal.AsSpan(list));
        return (TSequence)(object)list;
    }
}

/// <summary>
/// Creates a <see cref="SequenceConverter{TSequence, TItem}"/> for arrays, lists and the interfaces of a list. Only where dynamic code
/// runs; the usual types are listed besides.
/// </summary>
[RequiresUnreferencedCode("Makes converters for the types it meets.")]
[RequiresDynamicCode("Makes converters for the types it meets.")]
internal sealed class SequenceConverterFactory : JsonConverterFactory
{
    private static readonly HashSet<Type> s_lists =
        [
            typeof(List<>),
            typeof(IList<>),
            typeof(ICollection<>),
            typeof(IEnumerable<>),
            typeof(IReadOnlyList<>),
            typeof(IReadOnlyCollection<>),
        ];

    public override bool CanConvert(Type typeToConvert) =>
        typeToConvert.IsSZArray || (typeToConvert.IsGenericType && s_lists.Contains(typeToConvert.GetGenericTypeDefinition()));

    public override JsonConverter CreateConverter(Type typeToConvert, JsonSerializerOptions options)
    {
        Type item = typeToConvert.IsSZArray ? typeToConvert.GetElementType()! : typeToConvert.GetGenericArguments()[0];
        return (JsonConverter)Activator.CreateInstance(typeof(SequenceConverter<,>).MakeGenericType(typeToConvert, item))!;
    }
}
