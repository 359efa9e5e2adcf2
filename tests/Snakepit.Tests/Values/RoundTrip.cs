using System.Buffers;
using System.Text;
using System.Text.Json.Serialization.Metadata;
using Snakepit.Values;
using Snakepit.Values.Marshal;

namespace Snakepit.Tests.Values;

/// <summary>
/// Writes a value as an argument and reads it as a result, as a tool that returns its argument would. Wire data is given and shown as JSON,
/// whatever the codec.
/// </summary>
public abstract class RoundTrip
{
    internal abstract IValueCodec Codec { get; }

    public string Wire(object? value)
    {
        string call = Call(ToolArguments.Positional(value));
        return call["[\"t\",[".Length..^"]]".Length];
    }

    public string Call(ToolArguments arguments)
    {
        var body = new ArrayBufferWriter<byte>();
        Codec.WriteCall(body, "t", arguments);
        return ToJson(body.WrittenSpan);
    }

    public T Read<T>(string wire) => Codec.Read<T>(FromJson(wire));

    public T Of<T>(T value)
    {
        var body = new ArrayBufferWriter<byte>();
        Codec.WriteValue(body, value);
        return Codec.Read<T>(body.WrittenSpan);
    }

    /// <summary>Returns the same codec with contracts of a user's.</summary>
    public abstract RoundTrip WithContracts(IJsonTypeInfoResolver resolver);

    /// <summary>Returns the same codec with <see cref="ValueOptions.RequireMembers"/>.</summary>
    public abstract RoundTrip RequiringMembers();

    protected abstract string ToJson(ReadOnlySpan<byte> body);

    protected abstract byte[] FromJson(string wire);
}

/// <inheritdoc/>
public sealed class JsonRoundTrip : RoundTrip
{
    private readonly JsonValueCodec _codec;

    public JsonRoundTrip(params IJsonTypeInfoResolver[] resolvers)
        : this(new JsonValueCodec(resolvers))
    {
    }

    private JsonRoundTrip(JsonValueCodec codec) => _codec = codec;

    internal override IValueCodec Codec => _codec;

    public override RoundTrip WithContracts(IJsonTypeInfoResolver resolver) => new JsonRoundTrip(resolver);

    public override RoundTrip RequiringMembers() => new JsonRoundTrip(_codec.RequiringMembers());

    protected override string ToJson(ReadOnlySpan<byte> body) => Encoding.UTF8.GetString(body);

    protected override byte[] FromJson(string wire) => Encoding.UTF8.GetBytes(wire);
}

/// <inheritdoc/>
public sealed class MarshalRoundTrip : RoundTrip
{
    private readonly JsonValueCodec _json;

    public MarshalRoundTrip(params IJsonTypeInfoResolver[] resolvers)
        : this(new JsonValueCodec(resolvers))
    {
    }

    private MarshalRoundTrip(JsonValueCodec json) => (_json, Codec) = (json, new MarshalValueCodec(json));

    internal override IValueCodec Codec { get; }

    public override RoundTrip WithContracts(IJsonTypeInfoResolver resolver) => new MarshalRoundTrip(resolver);

    public override RoundTrip RequiringMembers() => new MarshalRoundTrip(_json.RequiringMembers());

    protected override string ToJson(ReadOnlySpan<byte> body) => MarshalBytes.ToJson(body);

    protected override byte[] FromJson(string wire) => MarshalBytes.FromJson(wire);
}
