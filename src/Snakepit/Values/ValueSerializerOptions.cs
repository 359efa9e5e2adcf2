using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Snakepit.Frames;

namespace Snakepit.Values;

/// <summary>The serializer's settings: the converters of the value table and the chain of contracts.</summary>
internal static class ValueSerializerOptions
{
    /// <param name="resolvers">The user's contracts, which take precedence over the built-in ones.</param>
    public static JsonSerializerOptions Create(IEnumerable<IJsonTypeInfoResolver> resolvers)
    {
        var options = new JsonSerializerOptions
        {
            MaxDepth = Protocol.MaxDepth,
            Encoder = WireEncoder.Instance,
            PropertyNameCaseInsensitive = true,
            TypeInfoResolver = Chain([.. resolvers, BuiltInTypes.Default]),
        };
        AddScalars(options.Converters);
        AddNumbers(options.Converters);
        AddMaps(options.Converters);
        AddDynamic(options);
        options.MakeReadOnly();
        return options;
    }

    /// <summary>Returns the same settings with another source of contracts, which takes precedence.</summary>
    public static JsonSerializerOptions With(JsonSerializerOptions options, IJsonTypeInfoResolver resolver)
    {
        var extended = new JsonSerializerOptions(options)
        {
            TypeInfoResolver = Chain([resolver.WithAddedModifier(ObjectContracts.Repair), options.TypeInfoResolver!]),
        };
        extended.MakeReadOnly();
        return extended;
    }

    /// <summary>
    /// Returns the same settings, but None is rejected for a member that is not nullable. Only for reading, because arguments may have
    /// nulls.
    /// </summary>
    public static JsonSerializerOptions WithoutNulls(JsonSerializerOptions options)
    {
        var strict = new JsonSerializerOptions(options) { RespectNullableAnnotations = true };
        strict.MakeReadOnly();
        return strict;
    }

    /// <summary>
    /// Returns the same settings, but lists and arrays of any item are also read from numpy arrays and from tables of one column. Only for
    /// reading, and only after the usual settings have failed: the serializer's own converters of lists support more attributes.
    /// </summary>
    public static JsonSerializerOptions ForArrays(JsonSerializerOptions options)
    {
        var extended = new JsonSerializerOptions(options);
        AddSequences(extended.Converters);
        AddDynamicSequences(extended);
        extended.MakeReadOnly();
        return extended;
    }

    /// <exception cref="NotSupportedException">There is no contract for the type.</exception>
    public static JsonTypeInfo ContractOf(Type type, JsonSerializerOptions options) =>
        options.TryGetTypeInfo(type, out JsonTypeInfo? contract)
            ? contract
            : throw new NotSupportedException($"There is no JSON contract for {type}.");

    private static IJsonTypeInfoResolver Chain(IJsonTypeInfoResolver[] resolvers) => JsonTypeInfoResolver.Combine(resolvers);

    private static void AddScalars(IList<JsonConverter> converters)
    {
        converters.Add(new NaturalConverter());
        converters.Add(new BoolConverter());
        converters.Add(new TaskConverter());
        converters.Add(new TextConverter());
        converters.Add(new BytesConverter<byte[]>(static bytes => bytes, static bytes => bytes));
        converters.Add(new BytesConverter<Memory<byte>>(static bytes => bytes, static memory => memory));
        converters.Add(new BytesConverter<ReadOnlyMemory<byte>>(static bytes => bytes, static memory => memory));
        converters.Add(new BytesConverter<ArraySegment<byte>>(static bytes => bytes, static segment => segment));
        converters.Add(new DBNullConverter());
        converters.Add(new DurationConverter());
        converters.Add(new NdArrayConverter());
        converters.Add(new TableConverter());
        converters.Add(new DecimalConverter());
        converters.Add(new ComplexConverter());
        converters.Add(new StreamArgument.Converter());
        converters.Add(new TaggedTextConverter<DateTimeOffset>("datetime", TextForms.Format, TextForms.ParseDateTimeOffset));
        converters.Add(new TaggedTextConverter<DateTime>("datetime", TextForms.Format, TextForms.ParseDateTime, "date"));
        converters.Add(new TaggedTextConverter<DateOnly>("date", TextForms.Format, TextForms.ParseDate, "datetime"));
        converters.Add(new TaggedTextConverter<TimeOnly>("time", TextForms.Format, TextForms.ParseTime));
        converters.Add(new TaggedTextConverter<Guid>("uuid", TextForms.Format, Guid.Parse));
    }

    private static void AddNumbers(IList<JsonConverter> converters)
    {
        AddNumber(converters, new IntegerConverter<sbyte>());
        AddNumber(converters, new IntegerConverter<short>());
        AddNumber(converters, new IntegerConverter<ushort>());
        AddNumber(converters, new IntegerConverter<int>());
        AddNumber(converters, new IntegerConverter<uint>());
        AddNumber(converters, new IntegerConverter<long>());
        AddNumber(converters, new IntegerConverter<ulong>());
        AddNumber(converters, new FloatConverter<Half>());
        AddNumber(converters, new FloatConverter<float>());
        AddNumber(converters, new FloatConverter<double>());
        var bytes = new IntegerConverter<byte>();
        converters.Add(bytes);
        AddArrays(converters, bytes);
        converters.Add(new IntegerConverter<Int128>());
        converters.Add(new IntegerConverter<UInt128>());
        converters.Add(new IntegerConverter<BigInteger>());
    }

    private static void AddNumber<T>(IList<JsonConverter> converters, JsonConverter<T> converter)
        where T : unmanaged, INumber<T>
    {
        converters.Add(converter);
        converters.Add(new NumberArrayConverter<T[], T>(1, converter));
        AddArrays(converters, converter);
    }

    private static void AddArrays<T>(IList<JsonConverter> converters, JsonConverter<T> converter)
        where T : unmanaged, INumber<T>
    {
        converters.Add(new NumberArrayConverter<T[,], T>(2, converter));
        converters.Add(new NumberArrayConverter<T[,,], T>(3, converter));
    }

    private static void AddMaps(IList<JsonConverter> converters)
    {
        converters.Add(new MapConverter<Dictionary<string, object?>, string, object?>());
        converters.Add(new MapConverter<IDictionary<string, object?>, string, object?>());
        converters.Add(new MapConverter<IReadOnlyDictionary<string, object?>, string, object?>());
        converters.Add(new MapConverter<Dictionary<object, object?>, object, object?>());
        converters.Add(new MapConverter<Dictionary<string, string>, string, string>());
        converters.Add(new MapConverter<Dictionary<string, bool>, string, bool>());
        converters.Add(new MapConverter<Dictionary<string, int>, string, int>());
        converters.Add(new MapConverter<Dictionary<string, long>, string, long>());
        converters.Add(new MapConverter<Dictionary<string, double>, string, double>());
        converters.Add(new MapConverter<Dictionary<int, string>, int, string>());
        converters.Add(new MapConverter<Dictionary<int, double>, int, double>());
        converters.Add(new MapConverter<Dictionary<int, object?>, int, object?>());
        converters.Add(new MapConverter<Dictionary<long, object?>, long, object?>());
        converters.Add(new UntypedMapConverter());
    }

    private static void AddSequences(IList<JsonConverter> converters)
    {
        AddSequence<bool>(converters);
        AddSequence<Complex>(converters);
        AddSequence<DateTime>(converters);
        AddSequence<DateTimeOffset>(converters);
        AddSequence<TimeSpan>(converters);
        AddSequence<string>(converters);
        AddSequence<object?>(converters);
        AddSequence<int>(converters);
        AddSequence<long>(converters);
        AddSequence<float>(converters);
        AddSequence<double>(converters);
        AddSequence<decimal>(converters);
        converters.Add(new SequenceConverter<int[][], int[]>());
        converters.Add(new SequenceConverter<long[][], long[]>());
        converters.Add(new SequenceConverter<float[][], float[]>());
        converters.Add(new SequenceConverter<double[][], double[]>());
    }

    private static void AddSequence<T>(IList<JsonConverter> converters)
    {
        if (!converters.Any(converter => converter.Type == typeof(T[])))
        {
            converters.Add(new SequenceConverter<T[], T>());
        }
        converters.Add(new SequenceConverter<List<T>, T>());
        converters.Add(new SequenceConverter<IReadOnlyList<T>, T>());
        converters.Add(new SequenceConverter<IEnumerable<T>, T>());
    }

    [UnconditionalSuppressMessage("Trimming", "IL2026", Justification = "Only where the application has left reflection on.")]
    [UnconditionalSuppressMessage("AOT", "IL3050", Justification = "Only where dynamic code runs.")]
    private static void AddDynamicSequences(JsonSerializerOptions options)
    {
        if (JsonSerializer.IsReflectionEnabledByDefault && RuntimeFeature.IsDynamicCodeSupported)
        {
            options.Converters.Add(new SequenceConverterFactory());
        }
    }

    [UnconditionalSuppressMessage("Trimming", "IL2026", Justification = "Only where the application has left reflection on.")]
    [UnconditionalSuppressMessage("AOT", "IL3050", Justification = "Only where dynamic code runs.")]
    private static void AddDynamic(JsonSerializerOptions options)
    {
        if (JsonSerializer.IsReflectionEnabledByDefault && RuntimeFeature.IsDynamicCodeSupported)
        {
            options.Converters.Add(new MapConverterFactory());
            options.Converters.Add(new TupleConverterFactory());
            options.Converters.Add(new EnumConverterFactory());
            options.TypeInfoResolver = Chain([options.TypeInfoResolver!, new DefaultJsonTypeInfoResolver()])
                .WithAddedModifier(ObjectContracts.Repair)
                .WithAddedModifier(SnakeCaseNames.Accept);
        }
        else
        {
            options.TypeInfoResolver = options.TypeInfoResolver!.WithAddedModifier(ObjectContracts.Repair);
        }
        options.TypeInfoResolver = options.TypeInfoResolver!.WithAddedModifier(Unserializable.Guard);
    }
}
