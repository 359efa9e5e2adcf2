using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Snakepit.Frames;

namespace Snakepit.Values;

/// <summary>The json codec, which every worker supports.</summary>
internal sealed class JsonValueCodec : IValueCodec
{
    private const int DeepestError = 4096;

    [ThreadStatic]
    private static Utf8JsonWriter? t_idleWriter;

    private static readonly ArrayBufferWriter<byte> s_nowhere = new();

    private static readonly JsonWriterOptions s_writerOptions = new()
    {
        Encoder = WireEncoder.Instance,
        MaxDepth = Protocol.MaxDepth,
        SkipValidation = true,
    };

    private readonly IJsonTypeInfoResolver[] _resolvers;
    private readonly Lazy<JsonSerializerOptions> _options; // lazy, because it compiles about fifty converters
    private readonly Lazy<JsonSerializerOptions> _forReading;
    private readonly Lazy<JsonSerializerOptions> _forArrays;
    private readonly ConditionalWeakTable<IJsonTypeInfoResolver, JsonSerializerOptions> _extended = [];

    public JsonValueCodec()
        : this([])
    {
    }

    /// <param name="resolvers">The user's contracts, which take precedence over the built-in ones.</param>
    public JsonValueCodec(IEnumerable<IJsonTypeInfoResolver> resolvers)
    {
        _resolvers = [.. resolvers];
        _forReading = _options = new Lazy<JsonSerializerOptions>(() => ValueSerializerOptions.Create(_resolvers));
        _forArrays = new Lazy<JsonSerializerOptions>(() => ValueSerializerOptions.ForArrays(_forReading.Value));
    }

    private JsonValueCodec(JsonValueCodec lenient)
    {
        RequiresMembers = true;
        _resolvers = lenient._resolvers;
        _options = lenient._options;
        _forReading = new Lazy<JsonSerializerOptions>(() => ValueSerializerOptions.WithoutNulls(_options.Value));
        _forArrays = new Lazy<JsonSerializerOptions>(() => ValueSerializerOptions.ForArrays(_forReading.Value));
    }

    /// <summary>Whether objects that are read must have all their members. See <see cref="ValueOptions.RequireMembers"/>.</summary>
    public bool RequiresMembers { get; }

    /// <summary>Returns the same codec, but objects that are read must have all their members.</summary>
    public JsonValueCodec RequiringMembers() => new(this);

    /// <summary>Compiles the converters in advance, so that the first call does not wait for them.</summary>
    public void Prepare() => _ = ValueSerializerOptions.ContractOf(typeof(int), _options.Value);

    /// <summary>Returns whether a type has its built-in contract, because the user's resolvers do not replace it.</summary>
    public bool HasBuiltIn(Type type) =>
        _resolvers.All(resolver => resolver.GetTypeInfo(type, _options.Value) is not { } contract || IsBuiltIn(contract));

    /// <exception cref="NotSupportedException">There is no contract for the type.</exception>
    public JsonTypeInfo ContractOf(Type type) => ValueSerializerOptions.ContractOf(type, _options.Value);

    /// <inheritdoc/>
    public void WriteCall(IBufferWriter<byte> body, string tool, in ToolArguments arguments, in CallExtras extras = default)
    {
        Utf8JsonWriter writer = RentWriter(body);
        try
        {
            writer.WriteStartArray();
            writer.WriteStringValue(tool);
            if (extras.IsEmpty)
            {
                WriteArguments(writer, tool, arguments.Source);
            }
            else
            {
                WriteArgumentsInFull(writer, tool, arguments.Source);
                WriteExtras(writer, extras);
            }
            writer.WriteEndArray();
            writer.Flush();
        }
        finally
        {
            Return(writer);
        }
    }

    /// <inheritdoc/>
    public void WriteValue(IBufferWriter<byte> body, object? value)
    {
        Utf8JsonWriter writer = RentWriter(body);
        try
        {
            NaturalValue.Write(writer, value, _options.Value);
            writer.Flush();
        }
        finally
        {
            Return(writer);
        }
    }

    /// <inheritdoc/>
    public T Read<T>(ReadOnlySpan<byte> body)
    {
        T value = ReadAny<T>(body);
        if (RequiresMembers || RequiredParameters.Exist)
        {
            MissingMembers.Check(ValueSerializerOptions.ContractOf(typeof(T), _forReading.Value), RequiresMembers, body);
        }
        return value;
    }

    private T ReadAny<T>(ReadOnlySpan<byte> body)
    {
        try
        {
            return Deserialize<T>(body, _forReading.Value);
        }
        catch (JsonException error)
        {
            return ReadWithArrays<T>(body, error);
        }
        catch (NotSupportedException error)
        {
            throw new NotSupportedException($"A result cannot be read as {typeof(T)}. {Unsendable.MissingContract(error)}", error);
        }
        catch (OutOfMemoryException error) when (body.Length > ReadFailure.LongestText)
        {
            throw ReadFailure.TextTooLong(typeof(T), body.Length, error);
        }
        catch (Exception error) when (ReadFailure.IsOfTheType(error))
        {
            throw ReadFailure.Explain(typeof(T), error, body, _forReading.Value);
        }
    }

    /// <inheritdoc/>
    public ToolError ReadError(ReadOnlySpan<byte> body)
    {
        var reader = new Utf8JsonReader(body, new JsonReaderOptions { MaxDepth = DeepestError });
        using JsonDocument document = JsonDocument.ParseValue(ref reader);
        return ErrorReader.Read(document.RootElement);
    }

    private static bool IsBuiltIn(JsonTypeInfo contract) =>
        contract is { NumberHandling: null, OnSerializing: null, OnSerialized: null, OnDeserializing: null, OnDeserialized: null }
        && contract.Converter.GetType().Assembly is var home
        && (home == typeof(JsonSerializer).Assembly || home == typeof(JsonValueCodec).Assembly);

    private static Utf8JsonWriter RentWriter(IBufferWriter<byte> body)
    {
        // The writer is removed while it is in use, because a user's converter may call this method again.
        Utf8JsonWriter writer = t_idleWriter ?? new Utf8JsonWriter(body, s_writerOptions);
        t_idleWriter = null;
        writer.Reset(body);
        return writer;
    }

    private static void Return(Utf8JsonWriter writer)
    {
        writer.Reset(s_nowhere); // releases the body
        t_idleWriter = writer;
    }

    private void WriteArguments(Utf8JsonWriter writer, string tool, object? source)
    {
        switch (source)
        {
            case (string Name, object? Value)[] named:
                WriteNamed(writer, tool, named);
                break;
            case object?[] positional:
                WritePositional(writer, tool, positional);
                break;
            case MixedArguments mixed:
                WritePositional(writer, tool, mixed.Positional);
                WriteNamed(writer, tool, mixed.Named);
                break;
            case ObjectArguments arguments:
                WriteProperties(writer, tool, arguments);
                break;
        }
    }

    /// <summary>Writes positional and named arguments, also where there are none.</summary>
    private void WriteArgumentsInFull(Utf8JsonWriter writer, string tool, object? source)
    {
        if (source is null or (string, object?)[] or ObjectArguments)
        {
            WritePositional(writer, tool, []);
        }
        WriteArguments(writer, tool, source);
        if (source is null or object?[])
        {
            WriteNamed(writer, tool, []);
        }
    }

    private static void WriteExtras(Utf8JsonWriter writer, in CallExtras extras)
    {
        writer.WriteStartObject();
        if (extras.Session is { } session)
        {
            writer.WritePropertyName("session"u8);
            writer.WriteRawValue(session.Json.Span, skipInputValidation: true);
        }
        if (extras.Traceparent is { } context)
        {
            writer.WriteString("traceparent"u8, context);
        }
        if (extras.Tracestate is { } state)
        {
            writer.WriteString("tracestate"u8, state);
        }
        writer.WriteEndObject();
    }

    private void WriteNamed(Utf8JsonWriter writer, string tool, (string Name, object? Value)[] arguments)
    {
        writer.WriteStartObject();
        foreach ((string name, object? value) in arguments)
        {
            writer.WritePropertyName(name);
            WriteArgument(writer, tool, name, value);
        }
        writer.WriteEndObject();
    }

    private void WritePositional(Utf8JsonWriter writer, string tool, object?[] arguments)
    {
        writer.WriteStartArray();
        for (int i = 0; i < arguments.Length; i++)
        {
            WriteArgument(writer, tool, i, arguments[i]);
        }
        writer.WriteEndArray();
    }

    private void WriteArgument<TName>(Utf8JsonWriter writer, string tool, TName name, object? value)
    {
        try
        {
            NaturalValue.Write(writer, value, _options.Value);
        }
        catch (Exception error) when (Unsendable.Is(error))
        {
            throw Unsendable.Argument(tool, name, value, error);
        }
    }

    /// <summary>Writes an object's properties as the arguments of a call.</summary>
    /// <exception cref="ArgumentException">The object cannot be sent.</exception>
    public void WriteProperties(IBufferWriter<byte> body, string tool, ObjectArguments arguments)
    {
        Utf8JsonWriter writer = RentWriter(body);
        try
        {
            WriteProperties(writer, tool, arguments);
            writer.Flush();
        }
        finally
        {
            Return(writer);
        }
    }

    private void WriteProperties(Utf8JsonWriter writer, string tool, ObjectArguments arguments)
    {
        JsonTypeInfo? contract = null;
        try
        {
            contract = ContractOf(arguments);
            if (contract.Kind != JsonTypeInfoKind.Object)
            {
                throw new ArgumentException($"It has no properties; use {nameof(ToolArguments)}.{nameof(ToolArguments.Positional)}.");
            }
            JsonSerializer.Serialize(writer, arguments.Value, contract);
        }
        catch (Exception error) when (Unsendable.Is(error))
        {
            throw Unsendable.Properties(tool, arguments, contract, error);
        }
    }

    /// <summary>
    /// Returns the contract for the arguments. A contract from the user would serialize with the user's settings, so only its resolver is
    /// used, and values keep their wire form.
    /// </summary>
    private JsonTypeInfo ContractOf(ObjectArguments arguments)
    {
        JsonSerializerOptions options = arguments.TypeInfo?.OriginatingResolver is { } resolver
            ? _extended.GetValue(resolver, added => ValueSerializerOptions.With(_options.Value, added))
            : _options.Value;
        return ValueSerializerOptions.ContractOf(arguments.TypeInfo?.Type ?? arguments.Value.GetType(), options);
    }

    private static T Deserialize<T>(ReadOnlySpan<byte> body, JsonSerializerOptions options) =>
        JsonSerializer.Deserialize(body, (JsonTypeInfo<T>)ValueSerializerOptions.ContractOf(typeof(T), options))!;

    /// <summary>Reads a message with an array or a table again that the usual contracts could not read.</summary>
    private T ReadWithArrays<T>(ReadOnlySpan<byte> body, JsonException failure)
    {
        if (body.IndexOf("\"__snakepit__\":\"array\""u8) >= 0 || body.IndexOf("\"__snakepit__\":\"table\""u8) >= 0)
        {
            try
            {
                return Deserialize<T>(body, _forArrays.Value);
            }
            catch (JsonException error)
            {
                failure = error;
            }
            catch (Exception error) when (error is NotSupportedException or InvalidOperationException || ReadFailure.IsOfTheType(error))
            {
                // Only the usual contracts know the type, so their error is reported.
            }
        }
        throw ReadFailure.Explain(typeof(T), failure, body, _forReading.Value);
    }
}
